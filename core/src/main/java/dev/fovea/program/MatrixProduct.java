package dev.fovea.program;

/** Multiplies matrices in binary32. */
@FunctionalInterface
public interface MatrixProduct {
  /**
   * Returns the (n, m) product of a (n, k) and b (k, m), all in row-major order.
   *
   * @param a not changed
   * @param b not changed
   */
  float[] product(float[] a, float[] b, int n, int k, int m);
}
