package dev.fovea.eval;

import java.util.Arrays;

/**
 * Log-softmax in binary64.
 *
 * <p>Losses and rankings are computed from log-probabilities: a probability below about 1e-308
 * underflows, while its logarithm stays accurate.
 */
public final class Softmax {
  private Softmax() {}

  /**
   * The log-softmax of the {@code classes} logits from {@code offset} on: z - log sum exp(z). All
   * values are NaN if a logit is NaN or positive infinity, or if none is finite.
   */
  public static double[] log(float[] logits, int offset, int classes) {
    int largest = 0;
    for (int k = 1; k < classes; k++) {
      largest = logits[offset + k] > logits[offset + largest] ? k : largest;
    }
    double[] log = new double[classes];
    double max = logits[offset + largest];
    double others = 0;
    for (int k = 0; k < classes; k++) {
      log[k] = logits[offset + k] - max;
      others += k == largest ? 0 : StrictMath.exp(log[k]);
    }
    if (Double.isNaN(others) || !Double.isFinite(max)) {
      Arrays.fill(log, Double.NaN);
      return log;
    }
    // The largest term of the sum is exp(0) = 1; log1p preserves the contribution of the others.
    double rest = StrictMath.log1p(others);
    for (int k = 0; k < classes; k++) {
      log[k] -= rest;
    }
    return log;
  }

  /** log(exp(a) + exp(b)), computed without overflow or underflow. */
  public static double logAdd(double a, double b) {
    double larger = Math.max(a, b);
    return larger == Double.NEGATIVE_INFINITY
        ? larger
        : larger + StrictMath.log1p(StrictMath.exp(Math.min(a, b) - larger));
  }

  /** Converts log-probabilities to probabilities. */
  public static double[] exp(double[] logProbabilities) {
    double[] p = new double[logProbabilities.length];
    Arrays.setAll(p, k -> StrictMath.exp(logProbabilities[k]));
    return p;
  }
}
