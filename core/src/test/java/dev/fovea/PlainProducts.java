package dev.fovea;

/** Products of matrices by their definition, with sums in binary64. */
public final class PlainProducts {
  private PlainProducts() {}

  /** Returns the (n, m) product of a (n, k) and b (k, m). */
  public static float[] product(float[] a, float[] b, int n, int k, int m) {
    float[] c = new float[n * m];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < m; j++) {
        double sum = 0;
        for (int l = 0; l < k; l++) {
          sum += (double) a[i * k + l] * b[l * m + j];
        }
        c[i * m + j] = (float) sum;
      }
    }
    return c;
  }
}
