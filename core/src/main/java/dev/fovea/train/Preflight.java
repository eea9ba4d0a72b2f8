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
 * Compiles the training step for every stage of a run before its first step, so that an image size
 * that cannot be compiled or does not fit into memory is reported at once and not hours later.
 */
final class Preflight {
  private Preflight() {}

  /** The results for each stage. */
  record Report(List<Compiled> stages) {
    Report {
      stages = List.copyOf(stages);
    }

    /** Returns the step that needs the most memory, of these and another one. */
    ProgramReport largest(ProgramReport another) {
      return stages.stream()
          .map(Compiled::step)
          .max(Comparator.comparingLong(ProgramReport::arenaBytes))
          .filter(r -> r.arenaBytes() > another.arenaBytes())
          .orElse(another);
    }

    /** Returns the distinct notes for the user. */
    List<String> notes() {
      return stages.stream().flatMap(s -> s.note().stream()).distinct().toList();
    }

    /**
     * Returns the seconds per training epoch of this stage; if it was not timed, those of the
     * slowest stage with images of this size.
     */
    double epoch(RunStage stage) {
      return timings()
          .filter(t -> t.stage().equals(stage))
          .mapToDouble(Timing::epoch)
          .findFirst()
          .orElseGet(
              () ->
                  timings()
                      .filter(t -> t.stage().side() == stage.side())
                      .mapToDouble(Timing::epoch)
                      .max()
                      .orElseThrow());
    }

    /** Returns the seconds per evaluation, which does not depend on the size of training images. */
    double evaluation() {
      return timings().mapToDouble(Timing::evaluation).min().orElseThrow();
    }

    private Stream<Timing> timings() {
      return stages.stream().flatMap(s -> s.timing().stream());
    }
  }

  /**
   * The results for one stage.
   *
   * @param step the compiled training step
   * @param note if memory is tight
   * @param timing if the length of the run is in minutes
   */
  record Compiled(ProgramReport step, Optional<String> note, Optional<Timing> timing) {}

  /**
   * The time that one stage takes on this machine.
   *
   * @param epoch seconds per training epoch, loading included
   * @param evaluation seconds per evaluation of all validation images
   */
  record Timing(RunStage stage, double epoch, double evaluation) {}

  /**
   * Compiles the step for each of these stages in turn, and times it if the length of the run is in
   * minutes.
   *
   * @param memory the memory that the run must fit into
   * @throws dev.fovea.program.ProgramException if a stage cannot be compiled or memory is
   *     insufficient
   */
  static Report run(TrainingSetup setup, Set<RunStage> stages, SystemMemory memory) {
    List<Compiled> seen = new ArrayList<>();
    for (RunStage stage : stages) {
      try (CompiledPhase phase = CompiledPhase.open(setup, stage)) {
        Optional<String> note = MemoryNeed.of(setup, phase).check(memory);
        boolean timed = setup.length().unit() == TrainingLength.Unit.MINUTES;
        Optional<Timing> timing = timed ? Optional.of(timing(setup, phase)) : Optional.empty();
        seen.add(new Compiled(phase.program().report(), note, timing));
      }
    }
    return new Report(seen);
  }

  private static Timing timing(TrainingSetup setup, CompiledPhase phase) {
    int classes = setup.classes().size();
    StepTimer training = new StepTimer(setup.graph(phase.side()).inputShape(), classes);
    StepTimer inference = new StepTimer(setup.graph().inputShape(), classes);
    double batch =
        training.training(phase.program(), setup.rankBatch()) + StepTimer.loading(phase.training());
    return new Timing(
        phase.stage(),
        batch * phase.training().batchesPerEpoch(),
        inference.inference(phase.inference(), setup.config().engine().evalBatch())
            * phase.validation().batchesPerEpoch()
            / setup.share().ranks());
  }
}
