package dev.fovea.train;

import dev.fovea.optim.TrainingLength;
import dev.fovea.program.ProgramReport;
import dev.fovea.program.SystemMemory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A look at the sizes of images that a run will train on, before its first step: one that cannot be
 * compiled, or for which there is no memory, must not show after hours.
 */
final class Preflight {
  private Preflight() {}

  /** What was seen of each size. */
  record Report(List<Size> sizes) {
    Report {
      sizes = List.copyOf(sizes);
    }

    /** The step that takes the most memory, of these and another one. */
    ProgramReport largest(ProgramReport another) {
      return sizes.stream()
          .map(Size::step)
          .max(Comparator.comparingLong(ProgramReport::arenaBytes))
          .filter(r -> r.arenaBytes() > another.arenaBytes())
          .orElse(another);
    }

    /** What the user should know, each once. */
    List<String> notes() {
      return sizes.stream().flatMap(s -> s.note().stream()).distinct().toList();
    }

    /** Seconds of an epoch of training on images of this side, which must have been timed. */
    double epoch(int side) {
      return timings().filter(t -> t.side() == side).findFirst().orElseThrow().epoch();
    }

    /** Seconds of an evaluation, which images of all sizes have in common. */
    double evaluation() {
      return timings().mapToDouble(Timing::evaluation).min().orElseThrow();
    }

    private Stream<Timing> timings() {
      return sizes.stream().flatMap(s -> s.timing().stream());
    }
  }

  /**
   * One size.
   *
   * @param step the compiled training step
   * @param note where memory is short
   * @param timing if the run's length is a time
   */
  record Size(ProgramReport step, Optional<String> note, Optional<Timing> timing) {}

  /**
   * What one size takes on this machine, in seconds.
   *
   * @param epoch of training, loading included
   * @param evaluation over all validation images
   */
  record Timing(int side, double epoch, double evaluation) {}

  /**
   * Compiles the step for each of these sizes, one after the other, and times it where the run's
   * length is a time.
   *
   * @param memory that all of a run must fit into
   * @throws dev.fovea.program.ProgramException if one cannot be compiled or memory does not suffice
   */
  static Report run(TrainingSetup setup, Set<Integer> sides, SystemMemory memory) {
    List<Size> seen = new ArrayList<>();
    for (int side : sides) {
      try (CompiledPhase phase = CompiledPhase.open(setup, side)) {
        Optional<String> note = MemoryNeed.of(setup, phase).check(memory);
        boolean timed = setup.length().unit() == TrainingLength.Unit.MINUTES;
        Optional<Timing> timing = timed ? Optional.of(timing(setup, phase)) : Optional.empty();
        seen.add(new Size(phase.program().report(), note, timing));
      }
    }
    return new Report(seen);
  }

  private static Timing timing(TrainingSetup setup, CompiledPhase phase) {
    int classes = setup.classes().size();
    StepTimer training = new StepTimer(setup.graph(phase.side()).inputShape(), classes);
    StepTimer inference = new StepTimer(setup.graph().inputShape(), classes);
    double batch =
        training.training(phase.program(), setup.batch()) + StepTimer.loading(phase.training());
    return new Timing(
        phase.side(),
        batch * phase.training().batchesPerEpoch(),
        inference.inference(phase.inference(), setup.config().engine().evalBatch())
            * phase.validation().batchesPerEpoch());
  }
}
