package dev.fovea.eval;

/** Logits to probabilities. */
final class Softmax {
  private Softmax() {}

  /** Replaces K logits, from {@code offset}, by exp(z) / sum exp(z), computed in binary64. */
  static double[] of(float[] logits, int offset, int classes) {
    double max = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < classes; k++) {
      max = Math.max(max, logits[offset + k]);
    }
    double[] p = new double[classes];
    double sum = 0;
    for (int k = 0; k < classes; k++) {
      p[k] = StrictMath.exp(logits[offset + k] - max);
      sum += p[k];
    }
    for (int k = 0; k < classes; k++) {
      p[k] /= sum;
    }
    return p;
  }
}
