package dev.fovea.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Mean and standard deviation of a data set's colours, over all pixels of all readable pictures.
 *
 * @param pictures pictures that were read
 * @param pixels their pixels
 * @param mean of red, green and blue, in 0..1
 * @param std of red, green and blue, in 0..1; of the whole population, as the usual figures for
 *     CIFAR and ImageNet
 */
public record DataStats(long pictures, long pixels, List<Double> mean, List<Double> std) {
  /** Copies the lists. */
  public DataStats {
    mean = List.copyOf(mean);
    std = List.copyOf(std);
  }

  /**
   * Reads every picture; the sums are whole numbers, so the threads do not change the result.
   *
   * @throws DataException if no picture is readable
   */
  public static DataStats of(Dataset set, int threads) {
    long[] total = new long[8];
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
    if (total[7] == 0) {
      throw new DataException(
          set.description() + " has no readable picture; expected at least one");
    }
    List<Double> mean = new ArrayList<>();
    List<Double> std = new ArrayList<>();
    for (int c = 0; c < 3; c++) {
      double m = (double) total[c] / total[6];
      mean.add(m / 255);
      std.add(Math.sqrt(Math.max(0, (double) total[3 + c] / total[6] - m * m)) / 255);
    }
    return new DataStats(total[7], total[6], mean, std);
  }

  /** Three sums, three sums of squares, pixels, and one picture. */
  private static long[] sums(Image image) {
    long[] s = new long[8];
    byte[] rgb = image.rgb();
    for (int i = 0; i < rgb.length; i += 3) {
      for (int c = 0; c < 3; c++) {
        int v = rgb[i + c] & 255;
        s[c] += v;
        s[3 + c] += v * v;
      }
    }
    s[6] = rgb.length / 3;
    s[7] = 1;
    return s;
  }
}
