package dev.fovea.train;

import dev.fovea.optim.LearningRates;
import dev.fovea.optim.PartFreeze;
import dev.fovea.optim.RunLength;
import dev.fovea.optim.TrainingLength;
import dev.fovea.program.Backend;
import dev.fovea.program.ProgramReport;
import dev.fovea.program.SystemMemory;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A run that is ready for its first step except for its files: the data is open, every stage has
 * been compiled once, and the length is known. Owns its data and {@code phase}.
 *
 * @param length in steps, even if the configuration gives a time
 * @param phase compiled for the stage at the current position
 * @param largest the training step that needs the most memory, of all stages
 * @param notes for the user
 */
record PreparedRun(
    TrainingSetup setup,
    RunLength length,
    CompiledPhase phase,
    ProgramReport largest,
    List<String> notes)
    implements AutoCloseable {
  // So many that every stage of a run has epochs, whose number is not known yet.
  private static final long MANY_EPOCHS = 1_000_000;

  PreparedRun {
    notes = List.copyOf(notes);
  }

  /**
   * Opens and compiles everything in this order: data, setup, preflight report, length, phase.
   *
   * @param resolved by {@link TrainingSetup#resolve}
   * @param at the position to start or resume from
   * @param ranks whose data must be the same; the length in steps is that of rank 0
   * @throws dev.fovea.program.ProgramException if the network cannot be compiled or memory is
   *     insufficient
   */
  static PreparedRun open(
      RunConfig resolved, Backend backend, Additions additions, Position at, Ranks ranks) {
    return open(resolved, backend, additions, at, ranks, SystemMemory.here());
  }

  /** Does the same within a given amount of memory. */
  static PreparedRun open(
      RunConfig resolved,
      Backend backend,
      Additions additions,
      Position at,
      Ranks ranks,
      SystemMemory memory) {
    TrainingData data = TrainingData.open(resolved, additions);
    try {
      TrainingSetup setup = TrainingSetup.of(resolved, backend, data, additions, ranks.share());
      Agreement.requireSameData(setup, ranks);
      return of(setup, at, ranks, memory);
    } catch (RuntimeException | Error e) {
      data.close();
      throw e;
    }
  }

  private static PreparedRun of(
      TrainingSetup requested, Position at, Ranks ranks, SystemMemory memory) {
    List<String> notes = new ArrayList<>(requested.data().notes());
    if (requested.augmentation().mixing().isOn()) {
      notes.add("mixed images: training accuracy counts the label with the larger share");
    }
    if (requested.length().unit() == TrainingLength.Unit.MINUTES) {
      Set<RunStage> stages = requested.stages(MANY_EPOCHS).keySet();
      Preflight.Report report = Preflight.run(requested, stages, memory);
      EpochBudget measured = EpochBudget.fit(requested, report);
      long epochs = (long) measured.epochs().count();
      EpochBudget budget =
          measured.with(Long.parseLong(ranks.textOfFirst(() -> String.valueOf(epochs))));
      notes.addAll(report.notes());
      notes.add(budget.note());
      if (ranks.areSeveral()) {
        notes.add("rank 0 measured this by itself: the exchange between ranks takes more time");
      }
      TrainingSetup setup = requested.withLength(budget.epochs());
      RunLength length = length(setup);
      CompiledPhase phase = CompiledPhase.open(setup, stage(setup, at, length));
      return new PreparedRun(setup, length, phase, report.largest(phase.program().report()), notes);
    }
    RunLength length = length(requested);
    RunStage first = stage(requested, at, length);
    Set<RunStage> stages = new LinkedHashSet<>(requested.stages(length.epochs()).keySet());
    stages.remove(first);
    Preflight.Report report = Preflight.run(requested, stages, memory);
    notes.addAll(report.notes());
    CompiledPhase phase = CompiledPhase.open(requested, first);
    try {
      MemoryNeed.of(requested, phase).check(memory).ifPresent(notes::add);
      return new PreparedRun(
          requested, length, phase, report.largest(phase.program().report()), notes);
    } catch (RuntimeException | Error e) {
      phase.close();
      throw e;
    }
  }

  private static RunLength length(TrainingSetup setup) {
    int stepsPerEpoch = setup.stepsPerEpoch();
    TrainingLength given = setup.length();
    double steps =
        given.unit() == TrainingLength.Unit.EPOCHS ? given.count() * stepsPerEpoch : given.count();
    return new RunLength(stepsPerEpoch, (long) steps);
  }

  /** Returns the stage at a position. */
  static RunStage stage(TrainingSetup setup, Position at, RunLength length) {
    // After the last epoch a run has its last stage.
    return setup.stage(Math.min(at.epoch(), length.epochs() - 1), length.epochs());
  }

  /**
   * Writes the initial weights of a new run.
   *
   * @return notes for the user
   */
  List<String> initialize() {
    StartingWeights start = new StartingWeights(setup);
    List<String> notes = new ArrayList<>(start.write(phase.program().weights()));
    List<PartFreeze> later = setup.update().groups().tuning().freezeAt();
    if (!later.isEmpty()) {
      notes.add(
          "progressive freezing: "
              + later.stream().map(PartFreeze::toString).collect(Collectors.joining(", "))
              + " of the epochs are trained");
    }
    if (setup.resizing().isOn()) {
      notes.add(
          "progressive resizing: "
              + setup.resizing()
              + " of the epochs, then "
              + setup.fullSide()
              + " pixels");
    }
    return notes;
  }

  LearningRates rates() {
    return new LearningRates(setup.config().learning().rate(), setup.update().average(), length);
  }

  EvaluationPolicy evaluation() {
    return EvaluationPolicy.of(setup, length);
  }

  /** Releases everything; idempotent. */
  @Override
  public void close() {
    phase.close();
    setup.data().close();
  }
}
