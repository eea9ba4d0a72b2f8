package dev.fovea.train;

import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.Loader;
import dev.fovea.optim.RunLength;
import dev.fovea.program.Backend;
import dev.fovea.program.ProgramReport;
import java.util.List;

/**
 * A preview of a run: resolves, opens and compiles everything, performs a first step and evaluates
 * a batch, and writes nothing.
 *
 * @param config the resolved configuration
 * @param loss of the first step
 * @param notes for the user, as in a real run
 */
public record DryRun(
    RunConfig config,
    Plan plan,
    ProgramReport training,
    ProgramReport inference,
    double loss,
    Times times,
    List<String> notes) {

  /** The size of the run. */
  public record Plan(
      int trainImages,
      int valImages,
      int classes,
      long parameters,
      long stepsPerEpoch,
      long totalSteps,
      int evaluationBatches) {}

  /**
   * Estimated times in seconds, from a single measured step.
   *
   * @param step one training step, including loading
   * @param evaluation the evaluation of one batch
   * @param run the whole run: all steps and evaluations
   */
  public record Times(double step, double evaluation, double run) {}

  /** Copies the list. */
  public DryRun {
    notes = List.copyOf(notes);
  }

  /**
   * Prepares the run and performs its first step.
   *
   * @throws RuntimeException any failure that the run would have before or in its first step
   */
  public static DryRun of(RunConfig config, Backend backend) {
    try (ScratchRun scratch = ScratchRun.open(config, backend)) {
      CompiledPhase phase = scratch.phase();
      double rate = scratch.run().rates().at(0);
      // The first step also warms up the JIT compiler; the second is measured.
      double loss = scratch.gradients(0);
      if (!Double.isFinite(loss)) {
        throw new DivergedException(1, loss, rate, phase.program().gradientNorm(), "", List.of());
      }
      phase.updater().step(0, rate);
      long start = System.nanoTime();
      scratch.gradients(1);
      double step = (System.nanoTime() - start) / 1e9;
      evaluate(scratch);
      start = System.nanoTime();
      evaluate(scratch);
      double evaluation = (System.nanoTime() - start) / 1e9;
      return result(scratch, loss, step, evaluation);
    }
  }

  private static void evaluate(ScratchRun scratch) {
    CompiledPhase phase = scratch.phase();
    int classes = scratch.setup().classes().size();
    float[] logits = new float[phase.validation().format().batch() * classes];
    try (Loader.Batches batches = phase.validation().epoch(0);
        Batch batch = batches.next()) {
      phase.inference().run(batch.pixels(), logits);
    }
  }

  private static DryRun result(ScratchRun scratch, double loss, double step, double evaluation) {
    TrainingSetup setup = scratch.setup();
    RunLength length = scratch.run().length();
    int batches = scratch.phase().validation().batchesPerEpoch();
    double evaluations = scratch.run().evaluation().evaluations();
    double run =
        length.totalSteps() * step * meanPixels(scratch) + evaluations * batches * evaluation;
    return new DryRun(
        setup.config(),
        new Plan(
            setup.train().size(),
            setup.val().size(),
            setup.classes().size(),
            setup.trainableParameters(),
            length.stepsPerEpoch(),
            length.totalSteps(),
            batches),
        scratch.run().largest(),
        scratch.phase().inference().report(),
        loss,
        new Times(step, evaluation, run),
        scratch.notes());
  }

  // Mean pixels per image over all epochs, relative to the measured step.
  private static double meanPixels(ScratchRun scratch) {
    TrainingSetup setup = scratch.setup();
    long epochs = scratch.run().length().epochs();
    double pixels = setup.resizing().cost(0, epochs, setup.fullSide(), side -> Math.pow(side, 2));
    return pixels / Math.pow(scratch.phase().side(), 2) / epochs;
  }
}
