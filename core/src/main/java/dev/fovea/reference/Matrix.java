package dev.fovea.reference;

import java.util.stream.IntStream;

/** Products of row-major matrices; sums run in the order of the inner index. */
final class Matrix {
  // Columns of b that are processed together: 4 rows of this many doubles stay in the L1 cache.
  private static final int TILE = 512;

  private Matrix() {}

  /** (m, k) times (k, n): c[i][j] = sum over l of a[i][l]·b[l][j]. */
  static double[] product(double[] a, double[] b, int m, int k, int n) {
    double[] c = new double[m * n];
    int pairs = (m + 1) / 2;
    int tiles = (n + TILE - 1) / TILE;
    // All rows of a tile one after the other, which leaves its part of b in the cache.
    IntStream.range(0, tiles * pairs)
        .parallel()
        .forEach(
            x -> {
              int i = 2 * (x % pairs);
              int from = x / pairs * TILE;
              if (i + 1 < m) {
                rows(a, b, c, i, k, n, from);
              } else {
                row(a, b, c, i, k, n, from);
              }
            });
    return c;
  }

  // Two rows of c at once read b half as often. Each sum runs in the order of row.
  private static void rows(double[] a, double[] b, double[] c, int i, int k, int n, int from) {
    int width = Math.min(TILE, n - from);
    int ci = i * n + from;
    int di = ci + n;
    int next = (i + 1) * k;
    int l = 0;
    for (; l + 4 <= k; l += 4) {
      int b0 = l * n + from;
      int b1 = b0 + n;
      int b2 = b1 + n;
      int b3 = b2 + n;
      double a0 = a[i * k + l];
      double a1 = a[i * k + l + 1];
      double a2 = a[i * k + l + 2];
      double a3 = a[i * k + l + 3];
      double e0 = a[next + l];
      double e1 = a[next + l + 1];
      double e2 = a[next + l + 2];
      double e3 = a[next + l + 3];
      for (int j = 0; j < width; j++) {
        double x0 = b[b0 + j];
        double x1 = b[b1 + j];
        double x2 = b[b2 + j];
        double x3 = b[b3 + j];
        c[ci + j] = c[ci + j] + a0 * x0 + a1 * x1 + a2 * x2 + a3 * x3;
        c[di + j] = c[di + j] + e0 * x0 + e1 * x1 + e2 * x2 + e3 * x3;
      }
    }
    for (; l < k; l++) {
      int bl = l * n + from;
      double al = a[i * k + l];
      double el = a[next + l];
      for (int j = 0; j < width; j++) {
        c[ci + j] += al * b[bl + j];
        c[di + j] += el * b[bl + j];
      }
    }
  }

  private static void row(double[] a, double[] b, double[] c, int i, int k, int n, int from) {
    int width = Math.min(TILE, n - from);
    int ci = i * n + from;
    int l = 0;
    for (; l + 4 <= k; l += 4) {
      int b0 = l * n + from;
      int b1 = b0 + n;
      int b2 = b1 + n;
      int b3 = b2 + n;
      double a0 = a[i * k + l];
      double a1 = a[i * k + l + 1];
      double a2 = a[i * k + l + 2];
      double a3 = a[i * k + l + 3];
      for (int j = 0; j < width; j++) {
        c[ci + j] = c[ci + j] + a0 * b[b0 + j] + a1 * b[b1 + j] + a2 * b[b2 + j] + a3 * b[b3 + j];
      }
    }
    for (; l < k; l++) {
      int bl = l * n + from;
      double al = a[i * k + l];
      for (int j = 0; j < width; j++) {
        c[ci + j] += al * b[bl + j];
      }
    }
  }

  /** (m, n) to (n, m). */
  static double[] transposed(double[] a, int m, int n) {
    double[] t = new double[m * n];
    IntStream.range(0, n)
        .parallel()
        .forEach(
            j -> {
              for (int i = 0; i < m; i++) {
                t[j * m + i] = a[i * n + j];
              }
            });
    return t;
  }
}
