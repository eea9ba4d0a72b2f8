package dev.fovea.explanation;

import java.util.Arrays;
import java.util.OptionalDouble;
import java.util.stream.IntStream;

/** How alike two maps of the same size are. */
final class MapSimilarity {
  private static final int WINDOW = 7;
  // Constants of Wang et al. 2004 for values from 0 to 1.
  private static final double C1 = 0.01 * 0.01;
  private static final double C2 = 0.03 * 0.03;

  private MapSimilarity() {}

  /**
   * Spearman's rank correlation: Pearson's of the ranks, where equal values share the mean of their
   * ranks; empty if all values of one are equal.
   */
  static OptionalDouble rankCorrelation(float[] a, float[] b) {
    double[] x = ranks(a);
    double[] y = ranks(b);
    double mean = (a.length + 1) / 2.0;
    double xy = 0;
    double xx = 0;
    double yy = 0;
    for (int i = 0; i < x.length; i++) {
      xy += (x[i] - mean) * (y[i] - mean);
      xx += (x[i] - mean) * (x[i] - mean);
      yy += (y[i] - mean) * (y[i] - mean);
    }
    return xx == 0 || yy == 0 ? OptionalDouble.empty() : OptionalDouble.of(xy / Math.sqrt(xx * yy));
  }

  private static double[] ranks(float[] values) {
    Integer[] order = IntStream.range(0, values.length).boxed().toArray(Integer[]::new);
    Arrays.sort(order, (i, j) -> Float.compare(values[i] + 0f, values[j] + 0f));
    double[] ranks = new double[values.length];
    for (int from = 0; from < order.length; ) {
      int to = from + 1;
      while (to < order.length && values[order[to]] == values[order[from]]) {
        to++;
      }
      for (int i = from; i < to; i++) {
        ranks[order[i]] = (from + to + 1) / 2.0;
      }
      from = to;
    }
    return ranks;
  }

  /** Absolute values. */
  static float[] absolute(float[] values) {
    float[] absolute = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      absolute[i] = Math.abs(values[i]);
    }
    return absolute;
  }

  /**
   * The mean structural similarity (Wang et al. 2004) of maps scaled to 0 to 1, over all whole
   * windows of 7x7 with equal weights and unbiased variances: scikit-image's default. Empty for
   * smaller maps or if all values of one are equal.
   */
  static OptionalDouble structural(HeatMap a, HeatMap b) {
    if (a.height() < WINDOW || a.width() < WINDOW || a.min() == a.max() || b.min() == b.max()) {
      return OptionalDouble.empty();
    }
    double[] x = scaled(a);
    double[] y = scaled(b);
    double sum = 0;
    for (int top = 0; top + WINDOW <= a.height(); top++) {
      for (int left = 0; left + WINDOW <= a.width(); left++) {
        sum += window(x, y, top * a.width() + left, a.width());
      }
    }
    return OptionalDouble.of(sum / ((a.height() - WINDOW + 1.0) * (a.width() - WINDOW + 1.0)));
  }

  private static double window(double[] x, double[] y, int from, int width) {
    double sx = 0;
    double sy = 0;
    double xx = 0;
    double yy = 0;
    double xy = 0;
    for (int row = 0; row < WINDOW; row++) {
      for (int i = from + row * width; i < from + row * width + WINDOW; i++) {
        sx += x[i];
        sy += y[i];
        xx += x[i] * x[i];
        yy += y[i] * y[i];
        xy += x[i] * y[i];
      }
    }
    double n = WINDOW * WINDOW;
    double mx = sx / n;
    double my = sy / n;
    double varianceX = (xx - n * mx * mx) / (n - 1);
    double varianceY = (yy - n * my * my) / (n - 1);
    double covariance = (xy - n * mx * my) / (n - 1);
    return (2 * mx * my + C1)
        * (2 * covariance + C2)
        / ((mx * mx + my * my + C1) * (varianceX + varianceY + C2));
  }

  private static double[] scaled(HeatMap map) {
    double min = map.min();
    double range = map.max() - min;
    return IntStream.range(0, map.values().length)
        .mapToDouble(i -> (map.values()[i] - min) / range)
        .toArray();
  }
}
