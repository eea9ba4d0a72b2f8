package dev.fovea.optim;

/**
 * Makes matrices nearly orthogonal by the iterations of Newton and Schulz.
 *
 * <p>The iterations X = Q·X with Q = a·I + b·A + c·A² and A = X·Xᵀ only ever multiply the first X
 * from the left, and all Qs commute with A. So they run on A alone, a matrix of the shorter side: A
 * = Q²·A, and the product of all Qs multiplies X once at the end. Every sum has a fixed order.
 */
final class NewtonSchulz {
  private static final float A = 3.4445f;
  private static final float B = -4.7750f;
  private static final float C = 2.0315f;
  private static final double EPSILON = 1e-7;

  /** Columns that stay in the L1 cache while four rows are added to them. */
  private static final int COLUMNS = 512;

  private NewtonSchulz() {}

  /**
   * The result of the iterations, starting from {@code matrix} / (norm + 1e-7).
   *
   * @param matrix in row-major order; not changed
   */
  static float[] orthogonalized(float[] matrix, int rows, int iterations) {
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
  private static float[] polynomial(float[] gram, int n, int iterations) {
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

  private static float[] gram(float[] x, int n, int m) {
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

  /** The product of a (n, k) and b (k, m). */
  private static float[] product(float[] a, float[] b, int n, int k, int m) {
    float[] c = new float[n * m];
    float[] row = new float[Math.min(m, COLUMNS)];
    for (int from = 0; from < m; from += COLUMNS) {
      int width = Math.min(COLUMNS, m - from);
      for (int i = 0; i < n; i++) {
        java.util.Arrays.fill(row, 0, width, 0);
        int j = 0;
        for (; j + 3 < k; j += 4) {
          addFour(row, a, i * k + j, b, j * m + from, m, width);
        }
        for (; j < k; j++) {
          addOne(row, a[i * k + j], b, j * m + from, width);
        }
        System.arraycopy(row, 0, c, i * m + from, width);
      }
    }
    return c;
  }

  private static void addFour(float[] to, float[] a, int at, float[] b, int from, int m, int n) {
    float f0 = a[at];
    float f1 = a[at + 1];
    float f2 = a[at + 2];
    float f3 = a[at + 3];
    int second = from + m;
    int third = second + m;
    int fourth = third + m;
    for (int i = 0; i < n; i++) {
      to[i] += f0 * b[from + i] + f1 * b[second + i] + (f2 * b[third + i] + f3 * b[fourth + i]);
    }
  }

  private static void addOne(float[] to, float factor, float[] b, int from, int n) {
    for (int i = 0; i < n; i++) {
      to[i] += factor * b[from + i];
    }
  }
}
