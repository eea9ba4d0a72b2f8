package dev.fovea.train;

import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.Loader;
import dev.fovea.program.Backend;
import dev.fovea.program.StepResult;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A new run without files, for learning rate range tests, dry runs and checkpoint averages. The
 * caller closes it; used by one thread.
 */
final class ScratchRun implements AutoCloseable {
  private final PreparedRun run;
  private final List<String> notes;
  private final float[] targets;
  private int epoch;
  private Loader.@Nullable Batches batches;

  private ScratchRun(PreparedRun run, List<String> notes) {
    this.run = run;
    this.notes = notes;
    this.targets = new float[run.setup().batch() * run.setup().classes().size()];
  }

  /** Opens everything as a real run would, and writes its initial weights. */
  static ScratchRun open(RunConfig config, Backend backend) {
    if (config.output().resume()) {
      throw new ConfigException(
          "a run without files cannot be resumed; set output.resume to false");
    }
    RunConfig resolved = TrainingSetup.resolve(config, backend);
    PreparedRun run =
        PreparedRun.open(resolved, backend, Additions.NONE, Position.START, Ranks.alone());
    try {
      List<String> notes = new ArrayList<>(run.notes());
      notes.addAll(run.initialize());
      return new ScratchRun(run, notes);
    } catch (RuntimeException | Error e) {
      run.close();
      throw e;
    }
  }

  PreparedRun run() {
    return run;
  }

  TrainingSetup setup() {
    return run.setup();
  }

  CompiledPhase phase() {
    return run.phase();
  }

  /** Returns notes for the user, as in a real run. */
  List<String> notes() {
    return notes;
  }

  /**
   * Computes the gradients of step {@code number}, over the step's accumulated batches; does not
   * update weights. Batches come in order, epoch after epoch.
   *
   * @return the mean loss
   */
  double gradients(long number) {
    int parts = setup().accumulate();
    double loss = 0;
    for (int part = 0; part < parts; part++) {
      try (Batch batch = next()) {
        batch.targets(setup().classes().size(), targets);
        long seed = setup().dropoutSeed(number * parts + part);
        StepResult result = phase().program().run(batch.pixels(), targets, seed);
        phase().updater().accumulate(part);
        loss += result.loss() / parts;
      }
    }
    return loss;
  }

  private Batch next() {
    Loader.Batches open = batches;
    if (open != null && !open.hasNext()) {
      open.close();
      epoch++;
      open = null;
    }
    if (open == null) {
      open = phase().training().epoch(epoch, 0);
      batches = open;
    }
    return open.next();
  }

  @Override
  public void close() {
    if (batches != null) {
      batches.close();
    }
    run.close();
  }
}
