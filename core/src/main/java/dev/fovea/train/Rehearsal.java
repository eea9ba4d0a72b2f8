package dev.fovea.train;

import dev.fovea.data.Batch;
import dev.fovea.data.Loader;
import dev.fovea.program.Backend;
import dev.fovea.program.ProgramReport;
import java.util.List;

/**
 * What a run would be: everything is resolved, opened and compiled, one step and the evaluation of
 * one batch are made, and nothing is written.
 *
 * @param config with everything resolved
 * @param loss of the step
 * @param notes what the user should know, as a run would say it
 */
public record Rehearsal(
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
   * How long things take, in seconds; measured on one step, so a first guess.
   *
   * @param step loading, both passes and the update
   * @param evaluation of one batch
   * @param run all steps and evaluations
   */
  public record Times(double step, double evaluation, double run) {}

  /** Copies the list. */
  public Rehearsal {
    notes = List.copyOf(notes);
  }

  /**
   * Rehearses.
   *
   * @throws RuntimeException whatever a run would fail with before or in its first step
   */
  public static Rehearsal of(RunConfig config, Backend backend) {
    try (Trial trial = Trial.open(config, backend)) {
      Session session = trial.session();
      // The first step also warms up; the second is measured.
      double loss = trial.gradients(0);
      if (!Double.isFinite(loss)) {
        throw new DivergedException(
            1, loss, session.rateAt(0), session.program().gradientNorm(), List.of());
      }
      session.updater().step(0, session.rateAt(0));
      long start = System.nanoTime();
      trial.gradients(1);
      double step = (System.nanoTime() - start) / 1e9;
      evaluate(session);
      start = System.nanoTime();
      evaluate(session);
      double evaluation = (System.nanoTime() - start) / 1e9;
      return result(session, loss, step, evaluation);
    }
  }

  private static void evaluate(Session session) {
    float[] logits = new float[session.validation().format().batch() * session.classes().size()];
    try (Loader.Batches batches = session.validation().epoch(0);
        Batch batch = batches.next()) {
      session.inference().run(batch.pixels(), logits);
    }
  }

  private static Rehearsal result(Session session, double loss, double step, double evaluation) {
    TrainEvent.RunStarted start = session.announcement();
    int batches = session.validation().batchesPerEpoch();
    long epochs = session.length().epochs();
    double evaluations = Math.ceil((double) epochs / start.config().output().evaluateEvery());
    double run =
        session.totalSteps() * step * session.meanPixels() + evaluations * batches * evaluation;
    return new Rehearsal(
        start.config(),
        new Plan(
            start.trainImages(),
            start.valImages(),
            start.classes().size(),
            start.plan().parameters(),
            start.plan().stepsPerEpoch(),
            session.totalSteps(),
            batches),
        start.plan().training(),
        session.inference().report(),
        loss,
        new Times(step, evaluation, run),
        start.notes());
  }
}
