package dev.fovea.graph;

import dev.fovea.tensor.Shape;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * Computes the filters of {@link Initializer.Whitening} from patches of images.
 *
 * <p>Patches are added one by one; sums have a fixed order. Used by one thread.
 */
public final class PatchWhitening {
  private final Shape shape;
  private final double[][] moments;
  private long patches;

  /**
   * Creates an estimate without patches.
   *
   * @param shape of the convolution's weight, (O, C, R, S) with an even O of at most 2·C·R·S
   * @throws GraphException if it is another shape
   */
  public PatchWhitening(Shape shape) {
    int size = shape.rank() == 4 ? shape.dim(1) * shape.dim(2) * shape.dim(3) : 0;
    if (shape.rank() != 4 || shape.dim(0) % 2 != 0 || shape.dim(0) > 2 * size) {
      throw new GraphException(
          "whitening filters come in pairs of one for each value of a patch at most; expected an"
              + " even number of output channels up to "
              + 2 * size
              + ", got the weight "
              + shape);
    }
    this.shape = shape;
    this.moments = new double[size][size];
  }

  /**
   * Adds all patches of an image that the kernel covers with stride 1 and without padding.
   *
   * @param image (C, H, W) in row-major order, as the network is given it
   */
  public void add(float[] image, int height, int width) {
    int channels = shape.dim(1);
    int rows = shape.dim(2);
    int columns = shape.dim(3);
    double[] patch = new double[moments.length];
    for (int y = 0; y + rows <= height; y++) {
      for (int x = 0; x + columns <= width; x++) {
        int i = 0;
        for (int c = 0; c < channels; c++) {
          for (int r = 0; r < rows; r++) {
            for (int s = 0; s < columns; s++) {
              patch[i++] = image[(c * height + y + r) * width + x + s];
            }
          }
        }
        add(patch);
      }
    }
  }

  private void add(double[] patch) {
    for (int i = 0; i < patch.length; i++) {
      double[] row = moments[i];
      double v = patch[i];
      for (int j = 0; j < patch.length; j++) {
        row[j] += v * patch[j];
      }
    }
    patches++;
  }

  /**
   * The filters, in the order of the weight.
   *
   * @throws GraphException if no patch was added
   */
  public float[] filters(double epsilon) {
    if (patches == 0) {
      throw new GraphException(
          "no image is as large as the kernel of " + shape + ", so there are no patches to whiten");
    }
    int n = moments.length;
    double[][] mean = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        mean[i][j] = moments[i][j] / patches;
      }
    }
    double[][] vectors = new double[n][n];
    double[] values = eigenvalues(mean, vectors);
    Integer[] order = new Integer[n];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, (a, b) -> Double.compare(values[b], values[a]));
    int half = shape.dim(0) / 2;
    double[][] filters = new double[half][];
    for (int i = 0; i < half; i++) {
      double scale = 1 / Math.sqrt(values[order[i]] + epsilon);
      filters[i] = Arrays.stream(vectors[order[i]]).map(v -> v * scale).toArray();
    }
    return withNegatives(filters, n);
  }

  /** The filters for patches of independent values of variance 1. */
  static float[] ofWhiteNoise(Shape shape, double epsilon, long seed) {
    PatchWhitening whitening = new PatchWhitening(shape);
    int n = whitening.moments.length;
    SplittableRandom random = new SplittableRandom(seed);
    double[][] symmetric = new double[n][n];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j <= i; j++) {
        symmetric[i][j] = 2 * random.nextDouble() - 1;
        symmetric[j][i] = symmetric[i][j];
      }
    }
    // The eigenvectors of a random symmetric matrix are a random orthonormal basis.
    double[][] vectors = new double[n][n];
    eigenvalues(symmetric, vectors);
    double scale = 1 / Math.sqrt(1 + epsilon);
    double[][] filters = new double[shape.dim(0) / 2][];
    for (int i = 0; i < filters.length; i++) {
      filters[i] = Arrays.stream(vectors[i]).map(v -> v * scale).toArray();
    }
    return withNegatives(filters, n);
  }

  private static float[] withNegatives(double[][] filters, int n) {
    float[] all = new float[2 * filters.length * n];
    for (int i = 0; i < filters.length; i++) {
      for (int j = 0; j < n; j++) {
        all[i * n + j] = (float) filters[i][j];
        all[(filters.length + i) * n + j] = (float) -filters[i][j];
      }
    }
    return all;
  }

  /**
   * The eigenvalues of a symmetric matrix, by Jacobi's rotations, in no order.
   *
   * @param a overwritten
   * @param vectors row i becomes the eigenvector of the i-th eigenvalue, of length 1, whose largest
   *     element is positive
   */
  private static double[] eigenvalues(double[][] a, double[][] vectors) {
    int n = a.length;
    for (int i = 0; i < n; i++) {
      vectors[i][i] = 1;
    }
    double size = 0;
    for (double[] row : a) {
      size += Arrays.stream(row).map(v -> v * v).sum();
    }
    for (int sweep = 0; sweep < 60 && outside(a) > 1e-30 * size; sweep++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          if (a[p][q] != 0) {
            rotate(a, vectors, p, q);
          }
        }
      }
    }
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = a[i][i];
      direct(vectors[i]);
    }
    return values;
  }

  // Sum of squares beside the diagonal.
  private static double outside(double[][] a) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < i; j++) {
        sum += a[i][j] * a[i][j];
      }
    }
    return sum;
  }

  private static void rotate(double[][] a, double[][] vectors, int p, int q) {
    double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    double sign = theta < 0 ? -1 : 1;
    double t = sign / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
    double c = 1 / Math.sqrt(t * t + 1);
    double s = t * c;
    int n = a.length;
    for (int k = 0; k < n; k++) {
      double kp = a[k][p];
      double kq = a[k][q];
      a[k][p] = c * kp - s * kq;
      a[k][q] = s * kp + c * kq;
    }
    for (int k = 0; k < n; k++) {
      double pk = a[p][k];
      double qk = a[q][k];
      a[p][k] = c * pk - s * qk;
      a[q][k] = s * pk + c * qk;
      double vp = vectors[p][k];
      double vq = vectors[q][k];
      vectors[p][k] = c * vp - s * vq;
      vectors[q][k] = s * vp + c * vq;
    }
  }

  // Of v and -v, both eigenvectors, the same one whatever the rotations were.
  private static void direct(double[] vector) {
    int largest = 0;
    for (int i = 1; i < vector.length; i++) {
      largest = Math.abs(vector[i]) > Math.abs(vector[largest]) ? i : largest;
    }
    if (vector[largest] < 0) {
      for (int i = 0; i < vector.length; i++) {
        vector[i] = -vector[i];
      }
    }
  }
}
