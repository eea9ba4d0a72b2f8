package dev.fovea.onednn;

import dev.fovea.autodiff.SoftmaxCrossEntropy;

/**
 * Softmax cross-entropy of one classifier and its derivative, in double precision on the calling
 * thread: N·K values, which is nothing beside a convolution.
 */
final class LossStep {
  private final Tensor logits;
  private final Tensor gradient;
  private final int batch;
  private final int classes;
  private final double weight;
  private final double smoothing;
  private final Targets targets;
  private double loss;
  private int correct;

  /** The current step's target distributions, (N, K) row-major. */
  static final class Targets {
    float[] values = {};
  }

  LossStep(
      Tensor logits,
      Tensor gradient,
      int batch,
      int classes,
      double weight,
      SoftmaxCrossEntropy loss,
      Targets targets) {
    this.logits = logits;
    this.gradient = gradient;
    this.batch = batch;
    this.classes = classes;
    this.weight = weight;
    this.smoothing = loss.labelSmoothing();
    this.targets = targets;
  }

  /** The weighted loss of the last run. */
  double loss() {
    return loss;
  }

  /** Images of the last run whose largest logit is at the largest target. */
  int correct() {
    return correct;
  }

  void run() {
    float[] z = new float[batch * classes];
    float[] dz = new float[batch * classes];
    logits.floats().get(z);
    double total = 0;
    int right = 0;
    for (int n = 0; n < batch; n++) {
      int row = n * classes;
      int best = largest(z, row);
      right += best == largest(targets.values, row) ? 1 : 0;
      total += row(z, dz, row, z[row + best]);
    }
    gradient.floats().put(dz);
    loss = weight * total / batch;
    correct = right;
  }

  private double row(float[] z, float[] dz, int row, double max) {
    double sum = 0;
    for (int k = 0; k < classes; k++) {
      sum += Math.exp(z[row + k] - max);
    }
    double logSum = max + Math.log(sum);
    double loss = 0;
    double scale = weight / batch;
    for (int k = 0; k < classes; k++) {
      double q = (1 - smoothing) * targets.values[row + k] + smoothing / classes;
      double logP = z[row + k] - logSum;
      // 0 · -infinity would be NaN for a class that is impossible and not wanted.
      loss -= q == 0 ? 0 : q * logP;
      dz[row + k] = (float) (scale * (Math.exp(logP) - q));
    }
    return loss;
  }

  private int largest(float[] values, int row) {
    int best = 0;
    for (int k = 1; k < classes; k++) {
      if (values[row + k] > values[row + best]) {
        best = k;
      }
    }
    return best;
  }
}
