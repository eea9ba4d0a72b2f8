package dev.fovea.convolution;

import java.util.List;

/**
 * A minimal filtering algorithm F(m, r): m outputs of a filter with r taps, y = Aᵀ[(G g) ⊙ (Bᵀ d)],
 * by m + r - 1 products instead of m · r (Winograd 1980; Lavin and Gray 2016, equation 8).
 *
 * <p>The matrices come from m + r - 2 points and infinity (Toom and Cook): a row of Bᵀ holds the
 * coefficients of Π(x - p) over all points but one, so that its last entry is 1, and G carries the
 * denominators. Points are 0 and pairs of p and -p, in this order, so that each pair shares its
 * even and odd parts ({@link TransformCode}).
 */
public final class MinimalFilter {
  private final int outputs;
  private final int taps;
  private final double[] points;

  /** Creates F(outputs, taps) from m + r - 2 different points; infinity is the last one. */
  public MinimalFilter(int outputs, int taps, List<Double> points) {
    if (points.size() != outputs + taps - 2) {
      throw new IllegalArgumentException(
          "F("
              + outputs
              + ", "
              + taps
              + ") needs "
              + (outputs + taps - 2)
              + " points besides infinity, got "
              + points);
    }
    for (int i = 0; i < points.size(); i++) {
      double expected = i == 0 ? 0 : i % 2 == 1 ? points.get(i) : -points.get(i - 1);
      if (points.get(i) != expected) {
        throw new IllegalArgumentException(
            "points must be 0 and pairs of p and -p, in this order, got " + points);
      }
    }
    this.outputs = outputs;
    this.taps = taps;
    this.points = points.stream().mapToDouble(p -> p).toArray();
  }

  /** m: the number of outputs. */
  public int outputs() {
    return outputs;
  }

  /** r: the number of taps. */
  public int taps() {
    return taps;
  }

  /** m + r - 1: the number of inputs, and of products. */
  public int inputs() {
    return outputs + taps - 1;
  }

  /** Bᵀ, (m + r - 1) x (m + r - 1): transforms inputs. */
  public double[][] input() {
    int n = inputs();
    double[][] b = new double[n][];
    for (int j = 0; j < n; j++) {
      b[j] = productOfDifferences(j, n);
    }
    return b;
  }

  // The coefficients of Π(x - p) over all finite points but that of index `without`.
  private double[] productOfDifferences(int without, int length) {
    double[] c = new double[length];
    c[0] = 1;
    for (int l = 0; l < points.length; l++) {
      if (l != without) {
        for (int k = length - 1; k >= 0; k--) {
          c[k] = (k > 0 ? c[k - 1] : 0) - points[l] * c[k];
        }
      }
    }
    return c;
  }

  /** G, (m + r - 1) x r: transforms filters. */
  public double[][] filter() {
    double[][] g = evaluation(taps);
    for (int j = 0; j < points.length; j++) {
      double denominator = 1;
      for (int l = 0; l < points.length; l++) {
        denominator *= l == j ? 1 : points[j] - points[l];
      }
      for (int k = 0; k < taps; k++) {
        g[j][k] /= denominator;
      }
    }
    return g;
  }

  /** Aᵀ, m x (m + r - 1): transforms products to outputs. */
  public double[][] output() {
    return transpose(outputGradient());
  }

  /** A, (m + r - 1) x m: transforms gradients of outputs, for the gradient of the filter. */
  public double[][] outputGradient() {
    return evaluation(outputs);
  }

  /** Gᵀ, r x (m + r - 1): transforms products to gradients of filters. */
  public double[][] filterGradient() {
    return transpose(filter());
  }

  // The values at all points of the polynomials x^0 .. x^(length - 1); at infinity, the leading
  // coefficient.
  private double[][] evaluation(int length) {
    double[][] e = new double[inputs()][length];
    for (int j = 0; j < points.length; j++) {
      double power = 1;
      for (int k = 0; k < length; k++) {
        e[j][k] = power;
        power *= points[j];
      }
    }
    e[points.length][length - 1] = 1;
    return e;
  }

  private static double[][] transpose(double[][] a) {
    double[][] t = new double[a[0].length][a.length];
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[0].length; j++) {
        t[j][i] = a[i][j];
      }
    }
    return t;
  }

  /** For example {@code F(4,3)}. */
  @Override
  public String toString() {
    return "F(" + outputs + "," + taps + ")";
  }
}
