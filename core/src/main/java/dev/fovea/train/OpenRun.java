package dev.fovea.train;

import dev.fovea.collective.Collective;
import dev.fovea.program.Backend;
import java.util.ArrayList;
import java.util.List;

/**
 * A run before its next step: its ranks, its files, its data and programs, and where it begins.
 * Owns all of them but the collective.
 *
 * @param run its first phase is compiled and has its weights
 * @param start where it begins: at the first step, or where a saved run was left
 * @param notes for the user
 */
record OpenRun(
    Ranks ranks, SharedStore store, PreparedRun run, RunStore.Saved start, List<String> notes)
    implements AutoCloseable {

  OpenRun {
    notes = List.copyOf(notes);
  }

  /**
   * Opens a run on the ranks that {@code collective} connects; all of them call this. What fails on
   * one of them fails on all.
   */
  static OpenRun open(
      RunConfig config, Backend backend, Additions additions, Collective collective) {
    Ranks ranks = Ranks.of(collective);
    try {
      return open(config, backend, additions, ranks);
    } catch (RuntimeException | Error e) {
      ranks.fail(e);
      ranks.close();
      throw e;
    }
  }

  private static OpenRun open(RunConfig config, Backend backend, Additions additions, Ranks ranks) {
    // A rank without the files of a run to resume is told its settings.
    boolean told = !ranks.leads() && config.output().resume();
    RunConfig resolved = told ? config : TrainingSetup.resolve(config, backend);
    SharedStore store = SharedStore.open(resolved.output(), ranks);
    try {
      RunConfig placed =
          Agreement.on(store.withFolder(resolved), Agreement.Computer.here(backend), ranks);
      Position at = store.position(placed, backend.name());
      PreparedRun run = PreparedRun.open(placed, backend, additions, at, ranks);
      try {
        return placed.output().resume() ? resume(ranks, store, run) : begin(ranks, store, run);
      } catch (RuntimeException | Error e) {
        run.close();
        throw e;
      }
    } catch (RuntimeException | Error e) {
      store.abandon();
      throw e;
    }
  }

  private static OpenRun begin(Ranks ranks, SharedStore store, PreparedRun run) {
    List<String> notes = new ArrayList<>(run.notes());
    if (ranks.leads()) {
      notes.addAll(run.initialize());
    }
    store.begin(run.setup().config(), run.phase().sets());
    RunStore.Saved fresh = new RunStore.Saved(Position.START, List.of());
    return new OpenRun(ranks, store, run, fresh, notes);
  }

  private static OpenRun resume(Ranks ranks, SharedStore store, PreparedRun run) {
    RunStore.Saved saved = store.load(run.setup(), run.phase().sets());
    run.phase().settle();
    List<String> notes = new ArrayList<>(run.notes());
    saved.multiEpochNote(run.setup().batch()).ifPresent(notes::add);
    return new OpenRun(ranks, store, run, saved, notes);
  }

  /** What listeners are told first. */
  TrainEvent.RunStarted announcement() {
    TrainingSetup setup = run.setup();
    TrainEvent.Plan plan =
        new TrainEvent.Plan(
            store.folder().path(),
            (int) run.length().stepsPerEpoch(),
            run.length().totalSteps(),
            start.position().step(),
            run.largest(),
            setup.trainableParameters());
    return new TrainEvent.RunStarted(
        setup.config(),
        plan,
        setup.classes(),
        setup.train().size(),
        setup.val().size(),
        start.history(),
        notes);
  }

  /** Ends the exchange with other ranks, then releases memory, files and the lock; idempotent. */
  @Override
  public void close() {
    // Whatever is still being summed lies in the memory of a program.
    ranks.close();
    run.close();
    store.close();
  }
}
