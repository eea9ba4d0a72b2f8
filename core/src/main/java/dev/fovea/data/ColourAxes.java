package dev.fovea.data;

import java.util.Arrays;
import java.util.List;

/**
 * The principal components of a data set's colours: eigenvalues and eigenvectors of the covariance
 * of red, green and blue over all pixels, values in 0..1.
 *
 * @param variances the three eigenvalues, largest first
 * @param directions to each eigenvalue its eigenvector (red, green, blue) of length 1
 */
public record ColourAxes(List<Double> variances, List<List<Double>> directions) {
  /** ImageNet's, as fb.resnet.torch gives them. */
  public static final ColourAxes IMAGENET =
      new ColourAxes(
          List.of(0.2175, 0.0188, 0.0045),
          List.of(
              List.of(-0.5675, -0.5808, -0.5836),
              List.of(0.7192, -0.0045, -0.6948),
              List.of(0.4009, -0.8140, 0.4203)));

  private static final int SWEEPS = 30;

  /** Copies the lists. */
  public ColourAxes {
    variances = List.copyOf(variances);
    directions = directions.stream().map(List::copyOf).toList();
    if (variances.size() != 3
        || directions.size() != 3
        || directions.stream().anyMatch(d -> d.size() != 3)) {
      throw new DataException(
          "colour axes: expected three variances and three directions of three numbers, got "
              + variances
              + " and "
              + directions);
    }
  }

  /**
   * Measures a data set; the sums are whole numbers, so the threads do not change the result.
   *
   * @throws DataException if no picture is readable
   */
  public static ColourAxes of(Dataset set, int threads) {
    // Three sums, the six products of the upper triangle, pixels.
    long[] total = new long[10];
    ParallelItems.visit(
        set.size(),
        threads,
        i -> {
          long[] one;
          try {
            one = sums(set.image(i));
          } catch (DataException e) {
            return true; // Unreadable pictures are the business of DataCheck.
          }
          synchronized (total) {
            Arrays.setAll(total, k -> Math.addExact(total[k], one[k]));
          }
          return true;
        });
    if (total[9] == 0) {
      throw new DataException(
          set.description() + " has no readable picture; expected at least one");
    }
    double n = total[9];
    double[][] covariance = new double[3][3];
    int k = 3;
    for (int a = 0; a < 3; a++) {
      for (int b = a; b < 3; b++, k++) {
        double c = (total[k] / n - total[a] / n * (total[b] / n)) / (255.0 * 255.0);
        covariance[a][b] = c;
        covariance[b][a] = c;
      }
    }
    return ofCovariance(covariance);
  }

  private static long[] sums(Image image) {
    long[] s = new long[10];
    byte[] rgb = image.rgb();
    for (int i = 0; i < rgb.length; i += 3) {
      int r = rgb[i] & 255;
      int g = rgb[i + 1] & 255;
      int b = rgb[i + 2] & 255;
      s[0] += r;
      s[1] += g;
      s[2] += b;
      s[3] += r * r;
      s[4] += r * g;
      s[5] += r * b;
      s[6] += g * g;
      s[7] += g * b;
      s[8] += b * b;
    }
    s[9] = rgb.length / 3;
    return s;
  }

  /** Jacobi's rotations of a symmetric matrix (Golub and Van Loan, section 8.5); overwrites it. */
  static ColourAxes ofCovariance(double[][] a) {
    double[][] v = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}};
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      rotate(a, v, 0, 1);
      rotate(a, v, 0, 2);
      rotate(a, v, 1, 2);
    }
    List<Integer> order =
        List.of(0, 1, 2).stream().sorted((i, j) -> Double.compare(a[j][j], a[i][i])).toList();
    return new ColourAxes(
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
