package dev.fovea.onednn;

import dev.fovea.program.StepResult;

/**
 * One run of a step: what its kernels in Java are given, and the losses that they report; belongs
 * to one thread.
 */
final class StepRun {
  private final float[] targets;
  private final long dropoutSeed;
  private double loss;
  private int correct;
  private int losses;

  /**
   * A run that has not reported any loss.
   *
   * @param targets distributions over the classes, (N, K) row-major; not copied
   */
  StepRun(float[] targets, long dropoutSeed) {
    this.targets = targets;
    this.dropoutSeed = dropoutSeed;
  }

  /** A run that reads neither targets nor a seed: inference, and what is prepared for it. */
  static StepRun withoutInputs() {
    return new StepRun(new float[0], 0);
  }

  float[] targets() {
    return targets;
  }

  long dropoutSeed() {
    return dropoutSeed;
  }

  /**
   * Takes the weighted loss of one classifier; the main one, which counts what is correct, reports
   * first.
   */
  void report(double weightedLoss, int correctImages) {
    loss += weightedLoss;
    correct = losses == 0 ? correctImages : correct;
    losses++;
  }

  /** The total over all classifiers. */
  StepResult result() {
    return new StepResult(loss, correct);
  }
}
