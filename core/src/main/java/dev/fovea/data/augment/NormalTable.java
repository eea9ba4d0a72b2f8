package dev.fovea.data.augment;

/**
 * A lookup table for standard normal pixel noise: the medians of 4096 intervals of equal
 * probability, from -3.67 to 3.67.
 *
 * <p>The distribution function is Marsaglia's series (Journal of Statistical Software 11, 2004),
 * inverted by bisection.
 */
final class NormalTable {
  /** Random bits consumed per lookup. */
  static final int BITS = 12;

  private static final int SIZE = 1 << BITS;
  private static final float[] QUANTILES = new float[SIZE];

  static {
    for (int i = 0; i < SIZE / 2; i++) {
      double p = (i + SIZE / 2 + 0.5) / SIZE;
      double low = 0;
      double high = 8;
      while (high - low > 1e-9) {
        double middle = (low + high) / 2;
        if (distribution(middle) < p) {
          low = middle;
        } else {
          high = middle;
        }
      }
      QUANTILES[SIZE / 2 + i] = (float) low;
      QUANTILES[SIZE / 2 - 1 - i] = (float) -low;
    }
  }

  private NormalTable() {}

  /** The normal value for the lowest {@link #BITS} of {@code bits}. */
  static float value(long bits) {
    return QUANTILES[(int) bits & SIZE - 1];
  }

  private static double distribution(double x) {
    double sum = x;
    double term = x;
    for (int k = 3; term > 1e-17; k += 2) {
      term *= x * x / k;
      sum += term;
    }
    return 0.5 + sum * StrictMath.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
  }
}
