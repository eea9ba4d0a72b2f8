package dev.fovea.eval;

import java.util.Arrays;

/**
 * Logits to logarithms of probabilities, in binary64.
 *
 * <p>Losses and rankings are computed from logarithms: a probability below about 1e-308 is 0 as a
 * number, while its logarithm stays exact.
 */
public final class Softmax {
  private Softmax() {}

  /**
   * The logarithms of the softmax of K logits from {@code offset}: z - log sum exp(z). All are NaN
   * if a logit is NaN or infinitely large, or if none is finite.
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
    // The largest term of the sum is exp(0); log1p keeps what the others add to it.
    double rest = StrictMath.log1p(others);
    for (int k = 0; k < classes; k++) {
      log[k] -= rest;
    }
    return log;
  }

  /** The logarithm of exp(a) + exp(b), without either of them. */
  public static double logAdd(double a, double b) {
    double larger = Math.max(a, b);
    return larger == Double.NEGATIVE_INFINITY
        ? larger
        : larger + StrictMath.log1p(StrictMath.exp(Math.min(a, b) - larger));
  }

  /** The probabilities themselves. */
  public static double[] exp(double[] logProbabilities) {
    double[] p = new double[logProbabilities.length];
    Arrays.setAll(p, k -> StrictMath.exp(logProbabilities[k]));
    return p;
  }
}
