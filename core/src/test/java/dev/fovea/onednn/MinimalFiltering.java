package dev.fovea.onednn;

/**
 * The matrices of Winograd's F(m,r), made from its points by the formulas of Toom and Cook; written
 * apart from the engine's, so that tests of the engine do not repeat its mistakes.
 *
 * @param a m x n, transposed output transform
 * @param g n x r, transform of the weights
 * @param b n x n, transposed input transform
 */
record MinimalFiltering(double[][] a, double[][] g, double[][] b) {

  /** F(m,r) with the points 0, ±each of {@code points}, and infinity. */
  static MinimalFiltering of(int m, int r, double... points) {
    int n = m + r - 1;
    double[] finite = new double[n - 1];
    if (finite.length != 2 * points.length + 1) {
      throw new IllegalArgumentException(
          "F(" + m + "," + r + ") needs " + (n / 2 - 1) + " pairs of points");
    }
    for (int i = 0; i < points.length; i++) {
      finite[2 * i + 1] = points[i];
      finite[2 * i + 2] = -points[i];
    }
    double[][] a = new double[m][n];
    double[][] g = new double[n][r];
    double[][] b = new double[n][];
    for (int j = 0; j < n - 1; j++) {
      double scale = 1;
      for (int l = 0; l < n - 1; l++) {
        scale *= l == j ? 1 : finite[j] - finite[l];
      }
      for (int i = 0; i < m; i++) {
        a[i][j] = Math.pow(finite[j], i);
      }
      for (int k = 0; k < r; k++) {
        g[j][k] = Math.pow(finite[j], k) / scale;
      }
      b[j] = coefficients(finite, j);
    }
    a[m - 1][n - 1] = 1;
    g[n - 1][r - 1] = 1;
    b[n - 1] = coefficients(finite, -1);
    return new MinimalFiltering(a, g, b);
  }

  // Of the product of x - a over all points but one, the constant first.
  private static double[] coefficients(double[] finite, int without) {
    double[] product = new double[finite.length + 1];
    product[0] = 1;
    for (int l = 0; l < finite.length; l++) {
      if (l != without) {
        for (int k = product.length - 1; k > 0; k--) {
          product[k] = product[k - 1] - finite[l] * product[k];
        }
        product[0] *= -finite[l];
      }
    }
    return product;
  }

  int points() {
    return b.length;
  }

  int outputs() {
    return a.length;
  }

  /** κ of results: how far an error of the products is amplified. */
  double amplification() {
    double most = 0;
    for (double[] row : a) {
      double sum = 0;
      for (int j = 0; j < points(); j++) {
        sum += row[j] * row[j] * squares(g[j]) * squares(b[j]);
      }
      most = Math.max(most, sum);
    }
    return Math.sqrt(most / g[0].length);
  }

  /** κ of the gradient of the weights. */
  double weightAmplification() {
    double most = 0;
    for (int k = 0; k < g[0].length; k++) {
      double sum = 0;
      for (int j = 0; j < points(); j++) {
        double column = 0;
        for (double[] row : a) {
          column += row[j] * row[j];
        }
        sum += g[j][k] * g[j][k] * squares(b[j]) * column;
      }
      most = Math.max(most, sum);
    }
    return Math.sqrt(most / outputs());
  }

  private static double squares(double[] row) {
    double sum = 0;
    for (double v : row) {
      sum += v * v;
    }
    return sum;
  }
}
