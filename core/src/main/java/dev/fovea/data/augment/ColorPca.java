package dev.fovea.data.augment;

import dev.fovea.data.image.DataException;
import java.util.List;

/**
 * The principal components of a data set's colors: eigenvalues and eigenvectors of the covariance
 * of red, green and blue over all pixels, with values in 0..1.
 *
 * @param variances the three eigenvalues, largest first
 * @param directions the unit eigenvector (red, green, blue) of each eigenvalue
 */
public record ColorPca(List<Double> variances, List<List<Double>> directions) {
  /** The components of ImageNet, from fb.resnet.torch. */
  public static final ColorPca IMAGENET =
      new ColorPca(
          List.of(0.2175, 0.0188, 0.0045),
          List.of(
              List.of(-0.5675, -0.5808, -0.5836),
              List.of(0.7192, -0.0045, -0.6948),
              List.of(0.4009, -0.8140, 0.4203)));

  private static final int SWEEPS = 30;

  /** Copies the lists. */
  public ColorPca {
    variances = List.copyOf(variances);
    directions = directions.stream().map(List::copyOf).toList();
    if (variances.size() != 3
        || directions.size() != 3
        || directions.stream().anyMatch(d -> d.size() != 3)) {
      throw new DataException(
          "color components: expected three variances and three directions of three numbers, got "
              + variances
              + " and "
              + directions);
    }
  }

  /**
   * Diagonalizes a symmetric matrix by Jacobi rotations (Golub and Van Loan, section 8.5).
   * Overwrites {@code a}.
   */
  public static ColorPca ofCovariance(double[][] a) {
    double[][] v = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      rotate(a, v, 0, 1);
      rotate(a, v, 0, 2);
      rotate(a, v, 1, 2);
    }
    List<Integer> order =
        List.of(0, 1, 2).stream().sorted((i, j) -> Double.compare(a[j][j], a[i][i])).toList();
    return new ColorPca(
        order.stream().map(i -> a[i][i]).toList(),
        order.stream().map(i -> List.of(v[0][i], v[1][i], v[2][i])).toList());
  }

  private static void rotate(double[][] a, double[][] v, int p, int q) {
    if (a[p][q] == 0) {
      return;
    }
    double theta = (a[q][q] - a[p][p]) / (2 * a[p][q]);
    double t = Math.copySign(1, theta) / (Math.abs(theta) + Math.sqrt(theta * theta + 1));
    double c = 1 / Math.sqrt(t * t + 1);
    double s = t * c;
    for (int k = 0; k < 3; k++) {
      double kp = a[k][p];
      double kq = a[k][q];
      a[k][p] = c * kp - s * kq;
      a[k][q] = s * kp + c * kq;
    }
    for (int k = 0; k < 3; k++) {
      double pk = a[p][k];
      double qk = a[q][k];
      a[p][k] = c * pk - s * qk;
      a[q][k] = s * pk + c * qk;
      double vp = v[k][p];
      double vq = v[k][q];
      v[k][p] = c * vp - s * vq;
      v[k][q] = s * vp + c * vq;
    }
  }
}
