package dev.fovea.quantization;

/**
 * Counts the magnitudes of numbers in bins of equal width, a power of two that grows with them.
 *
 * <p>Counts are exact, so the order of additions does not matter. Not thread-safe.
 */
final class Histogram {
  private static final int LOG_BINS = 14;
  private static final int BINS = 1 << LOG_BINS;

  private final long[] counts = new long[BINS];
  private int exponent = Float.MIN_EXPONENT;
  private float largest;
  private long total;

  /**
   * Adds the first {@code n} numbers.
   *
   * @return whether all were finite; the others are not counted
   */
  boolean add(float[] values, int n) {
    float most = 0;
    boolean finite = true;
    for (int i = 0; i < n; i++) {
      float a = Math.abs(values[i]);
      finite &= a <= Float.MAX_VALUE;
      most = a > most ? a : most;
    }
    if (!finite) {
      return false;
    }
    widen(most);
    float perUnit = Math.scalb(1f, LOG_BINS - exponent);
    for (int i = 0; i < n; i++) {
      counts[(int) (Math.abs(values[i]) * perUnit)]++;
    }
    total += n;
    return true;
  }

  private void widen(float most) {
    largest = Math.max(largest, most);
    int needed = most < Float.MIN_NORMAL ? exponent : Math.getExponent(most) + 1;
    if (needed > exponent) {
      int shift = Math.min(LOG_BINS, needed - exponent);
      for (int i = 1; i < BINS; i++) {
        long count = counts[i];
        counts[i] = 0;
        counts[i >> shift] += count;
      }
      exponent = needed;
    }
  }

  /** The largest magnitude. */
  double largest() {
    return largest;
  }

  /** The least bound, an edge of a bin, that {@code share} of all magnitudes are below. */
  double quantile(double share) {
    long below = 0;
    for (int i = 0; i < BINS; i++) {
      below += counts[i];
      if (below >= share * total) {
        return Math.min(largest, (i + 1) * width());
      }
    }
    return largest;
  }

  /** The mean squared error of rounding to multiples of {@code step} up to {@code levels} of it. */
  double squaredError(double step, int levels) {
    double sum = 0;
    for (int i = 0; i < BINS; i++) {
      if (counts[i] > 0) {
        double x = (i + 0.5) * width();
        double error = x - step * Math.min(levels, Math.rint(x / step));
        sum += counts[i] * error * error;
      }
    }
    return sum / total;
  }

  private double width() {
    return Math.scalb(1.0, exponent - LOG_BINS);
  }
}
