package dev.fovea.onednn.binding;

import static org.bytedeco.dnnl.global.dnnl.dnnl_sgemm;

/** Products of matrices in arrays, by the BLAS function of oneDNN. */
public final class MatrixProducts {
  private static final byte AS_IT_IS = 'N';

  private MatrixProducts() {}

  /**
   * Returns the product of a (n, k) and b (k, m) in row-major order, computed on the threads that
   * the calling thread last asked for.
   *
   * @throws NativeException if oneDNN reports an error
   */
  public static float[] product(float[] a, float[] b, int n, int k, int m) {
    NativeLibrary.get();
    float[] c = new float[n * m];
    NativeLibrary.check(
        "dnnl_sgemm", dnnl_sgemm(AS_IT_IS, AS_IT_IS, n, m, k, 1, a, k, b, m, 0, c, m));
    return c;
  }
}
