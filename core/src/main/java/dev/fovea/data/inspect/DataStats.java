package dev.fovea.data.inspect;

import dev.fovea.data.augment.ColorPca;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.ParallelItems;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Mean, standard deviation and principal components of a data set's colors, over all pixels of all
 * readable images.
 *
 * @param images number of images read
 * @param pixels number of their pixels
 * @param mean of red, green and blue, in 0..1
 * @param std of red, green and blue, in 0..1; the population standard deviation, as in the usual
 *     statistics of CIFAR and ImageNet
 * @param axes the principal components of the colors
 */
public record DataStats(
    long images, long pixels, List<Double> mean, List<Double> std, ColorPca axes) {
  /** Copies the lists. */
  public DataStats {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
  }

  /**
   * Reads every image. The sums are integers, so the result does not depend on threads.
   *
   * @throws DataException if no image is readable
   */
  public static DataStats of(Dataset set, int threads) {
    long[] total = new long[11];
    ParallelItems.visit(
        set.size(),
        threads,
        i -> {
          long[] one;
          try {
            one = sums(set.image(i));
          } catch (DataException e) {
            return true; // DataCheck reports unreadable images.
          }
          synchronized (total) {
            Arrays.setAll(total, k -> Math.addExact(total[k], one[k]));
          }
          return true;
        });
    if (total[10] == 0) {
      throw new DataException(set.description() + " has no readable image; expected at least one");
    }
    List<Double> mean = new ArrayList<>();
    List<Double> std = new ArrayList<>();
    for (int c = 0; c < 3; c++) {
      mean.add((double) total[c] / total[9] / 255);
      std.add(Math.sqrt(Math.max(0, covariance(total, c, c))));
    }
    double[][] covariance = new double[3][3];
    for (int a = 0; a < 3; a++) {
      for (int b = 0; b < 3; b++) {
        covariance[a][b] = covariance(total, a, b);
      }
    }
    return new DataStats(total[10], total[9], mean, std, ColorPca.ofCovariance(covariance));
  }

  private static double covariance(long[] total, int a, int b) {
    double pixels = total[9];
    return (total[3 + a + b + (a * b == 0 ? 0 : 1)] / pixels
            - total[a] / pixels * (total[b] / pixels))
        / (255.0 * 255.0);
  }

  /**
   * Three sums, six sums of products (rr, rg, rb, gg, gb, bb), the pixel count, and 1 for the
   * image.
   */
  private static long[] sums(Image image) {
    long[] s = new long[11];
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
    s[10] = 1;
    return s;
  }
}
