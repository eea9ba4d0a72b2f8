package dev.fovea.train;

import dev.fovea.optim.LearningRates;
import dev.fovea.optim.RunLength;
import dev.fovea.optim.TrainingLength;
import dev.fovea.program.Backend;
import dev.fovea.program.ProgramReport;
import dev.fovea.program.SystemMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A run that is ready for its first step, files apart: its data is open, every size of its images
 * has been compiled once, and its length is known. Owns its data and {@code phase}.
 *
 * @param length in steps, also of a run that was given a time
 * @param phase compiled for the images of the position where the run stands
 * @param largest the training step that takes the most memory, of all sizes
 * @param notes what the user should know
 */
record PreparedRun(
    TrainingSetup setup,
    RunLength length,
    CompiledPhase phase,
    ProgramReport largest,
    List<String> notes)
    implements AutoCloseable {

  PreparedRun {
    notes = List.copyOf(notes);
  }

  /**
   * Opens and compiles everything, in the order of the types: configuration, data, setup, preflight
   * report, length, phase.
   *
   * @param resolved by {@link TrainingSetup#resolve}
   * @param at where the run stands
   * @throws dev.fovea.program.ProgramException if the network cannot be compiled or memory does not
   *     suffice
   */
  static PreparedRun open(RunConfig resolved, Backend backend, Position at) {
    return open(resolved, backend, at, SystemMemory.here());
  }

  /** The same within this memory. */
  static PreparedRun open(RunConfig resolved, Backend backend, Position at, SystemMemory memory) {
    TrainingData data = TrainingData.open(resolved);
    try {
      return of(TrainingSetup.of(resolved, backend, data), at, memory);
    } catch (RuntimeException | Error e) {
      data.close();
      throw e;
    }
  }

  private static PreparedRun of(TrainingSetup asked, Position at, SystemMemory memory) {
    List<String> notes = new ArrayList<>(asked.data().notes());
    if (asked.variation().mixing().isOn()) {
      notes.add("mixed images: training accuracy counts the label with the larger share");
    }
    Set<Integer> sides = asked.resizing().sides(asked.fullSide());
    if (asked.length().unit() == TrainingLength.Unit.MINUTES) {
      Preflight.Report report = Preflight.run(asked, sides, memory);
      EpochBudget budget = EpochBudget.fit(asked.config(), report, asked.fullSide());
      notes.addAll(report.notes());
      notes.add(budget.note());
      TrainingSetup setup = asked.lasting(budget.epochs());
      RunLength length = length(setup);
      CompiledPhase phase = CompiledPhase.open(setup, side(setup, at, length));
      return new PreparedRun(setup, length, phase, report.largest(phase.program().report()), notes);
    }
    RunLength length = length(asked);
    int first = side(asked, at, length);
    sides.remove(first);
    Preflight.Report report = Preflight.run(asked, sides, memory);
    notes.addAll(report.notes());
    CompiledPhase phase = CompiledPhase.open(asked, first);
    try {
      MemoryNeed.of(asked, phase).check(memory).ifPresent(notes::add);
      return new PreparedRun(asked, length, phase, report.largest(phase.program().report()), notes);
    } catch (RuntimeException | Error e) {
      phase.close();
      throw e;
    }
  }

  private static RunLength length(TrainingSetup setup) {
    int stepsPerEpoch = setup.stepsPerEpoch();
    TrainingLength span = setup.length();
    double steps =
        span.unit() == TrainingLength.Unit.EPOCHS ? span.count() * stepsPerEpoch : span.count();
    return new RunLength(stepsPerEpoch, (long) steps);
  }

  /** The side of the images of the epoch of a position. */
  static int side(TrainingSetup setup, Position at, RunLength length) {
    return setup.resizing().side(at.epoch(), length.epochs(), setup.fullSide());
  }

  /**
   * Writes the weights that a new run starts from.
   *
   * @return what the user should know of it
   */
  List<String> initialize() {
    RunConfig c = setup.config();
    StartingWeights first =
        new StartingWeights(setup.graph(), c.network().init(), c.engine().seed());
    List<String> said = new ArrayList<>(first.write(phase.program().weights()));
    if (setup.resizing().isOn()) {
      said.add(
          "images grow: "
              + setup.resizing()
              + " of the epochs, then "
              + setup.fullSide()
              + " pixels");
    }
    return said;
  }

  LearningRates rates() {
    return new LearningRates(setup.config().learning().rate(), setup.update().average(), length);
  }

  EvaluationPolicy evaluation() {
    return EvaluationPolicy.of(setup, length);
  }

  /** Harmless when repeated. */
  @Override
  public void close() {
    phase.close();
    setup.data().close();
  }
}
