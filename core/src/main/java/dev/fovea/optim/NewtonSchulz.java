package dev.fovea.optim;

import dev.fovea.program.MatrixProduct;

/**
 * Makes matrices nearly orthogonal by the iterations of Newton and Schulz.
 *
 * <p>The iterations X = Q·X with Q = a·I + b·A + c·A² and A = X·Xᵀ only ever multiply the first X
 * from the left, and all Qs commute with A. So they run on A alone, a matrix of the shorter side: A
 * = Q²·A, and the product of all Qs multiplies X once at the end.
 */
record NewtonSchulz(MatrixProduct products) {
  private static final float A = 3.4445f;
  private static final float B = -4.7750f;
  private static final float C = 2.0315f;
  private static final double EPSILON = 1e-7;

  /**
   * The result of the iterations, starting from {@code matrix} / (norm + 1e-7).
   *
   * @param matrix in row-major order; not changed
   */
  float[] orthogonalized(float[] matrix, int rows, int iterations) {
    int columns = matrix.length / rows;
    float[] x = matrix.clone();
    float scale = (float) (1 / (norm(matrix) + EPSILON));
    for (int i = 0; i < x.length; i++) {
      x[i] *= scale;
    }
    boolean tall = rows > columns;
    float[] wide = tall ? transposed(x, rows, columns) : x;
    int n = Math.min(rows, columns);
    int m = Math.max(rows, columns);
    float[] product = polynomial(gram(wide, n, m), n, iterations);
    float[] result = product(product, wide, n, n, m);
    return tall ? transposed(result, n, m) : result;
  }

  /** The product of all Qs. */
  private float[] polynomial(float[] gram, int n, int iterations) {
    float[] a = gram;
    float[] all = new float[0];
    for (int k = 0; k < iterations; k++) {
      float[] q = product(a, a, n, n, n);
      for (int i = 0; i < q.length; i++) {
        q[i] = C * q[i] + B * a[i];
      }
      for (int i = 0; i < n; i++) {
        q[i * n + i] += A;
      }
      all = k == 0 ? q : product(q, all, n, n, n);
      if (k + 1 < iterations) {
        a = product(q, product(q, a, n, n, n), n, n, n);
      }
    }
    return all;
  }

  private float[] gram(float[] x, int n, int m) {
    return product(x, transposed(x, n, m), n, m, n);
  }

  /** The Euclidean norm of all elements, summed in order in binary64. */
  static double norm(float[] values) {
    double sum = 0;
    for (float v : values) {
      sum += (double) v * v;
    }
    return Math.sqrt(sum);
  }

  private static float[] transposed(float[] x, int rows, int columns) {
    float[] t = new float[x.length];
    for (int i = 0; i < rows; i++) {
      for (int j = 0; j < columns; j++) {
        t[j * rows + i] = x[i * columns + j];
      }
    }
    return t;
  }

  private float[] product(float[] a, float[] b, int n, int k, int m) {
    return products.product(a, b, n, k, m);
  }
}
