package dev.fovea.onednn;

import dev.fovea.program.StepExchange;
import dev.fovea.program.StepResult;

/**
 * One run of a step: the inputs of its Java kernels and the losses they report; confined to one
 * thread.
 */
final class StepRun {
  private final float[] targets;
  private final long dropoutSeed;
  private final StepExchange exchange;
  private double loss;
  private int correct;
  private int losses;
  private int ranks = 1;

  /**
   * Starts a run.
   *
   * @param targets distributions over the classes, (N, K) row-major; not copied
   * @param exchange with the same step of other ranks
   */
  StepRun(float[] targets, long dropoutSeed, StepExchange exchange) {
    this.targets = targets;
    this.dropoutSeed = dropoutSeed;
    this.exchange = exchange;
  }

  /** A run without targets and seed, for inference and its preparation. */
  static StepRun withoutInputs() {
    return new StepRun(new float[0], 0, StepExchange.NONE);
  }

  float[] targets() {
    return targets;
  }

  long dropoutSeed() {
    return dropoutSeed;
  }

  StepExchange exchange() {
    return exchange;
  }

  /** Says how many ranks the exchange sums over, once that is known. */
  void combine(int count) {
    ranks = count;
  }

  /** The number of ranks from whose values the statistics of synchronized norms are computed. */
  int ranks() {
    return ranks;
  }

  /**
   * Reports the weighted loss of one classifier. The main one reports first, with the number of
   * correct images.
   */
  void report(double weightedLoss, int correctImages) {
    loss += weightedLoss;
    correct = losses == 0 ? correctImages : correct;
    losses++;
  }

  /** The sum over all classifiers. */
  StepResult result() {
    return new StepResult(loss, correct);
  }
}
