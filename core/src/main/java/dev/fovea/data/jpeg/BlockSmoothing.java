package dev.fovea.data.jpeg;

import org.jspecify.annotations.Nullable;

/**
 * Estimates low AC coefficients that the scans of a progressive file have not brought yet, from the
 * DC coefficients of 5x5 blocks. Files that lack their last scans look smoother for it.
 *
 * <p>Source: {@code smoothing_ok} and {@code decompress_smooth_data} of jdcoefct.c, libjpeg-turbo
 * 2.1 and later; ITU-T T.81, K.8, has the idea with 3x3 blocks.
 */
final class BlockSmoothing {
  /**
   * Places of the coefficients, row-major, in the order of their numbers in the zigzag sequence.
   */
  private static final int[] PLACES = {0, 1, 8, 16, 9, 2, 3, 10, 17, 24};

  /** AC coefficients that are estimated where some are known, 1 to 5; all nine if none is. */
  private static final int FEW = 5;

  // Weights of the 25 DC coefficients for each coefficient, where no AC coefficient is known.
  private static final int[][] ALL_WEIGHTS = {
    {
      -2, -6, -8, -6, -2, -6, 6, 42, 6, -6, -8, 42, 152, 42, -8, -6, 6, 42, 6, -6, -2, -6, -8, -6,
      -2
    },
    {-1, -1, 0, 1, 1, -3, 13, 0, -13, 3, -3, 38, 0, -38, 3, -3, 13, 0, -13, 3, -1, -1, 0, 1, 1},
    {-1, -3, -3, -3, -1, -1, 13, 38, 13, -1, 0, 0, 0, 0, 0, 1, -13, -38, -13, 1, 1, 3, 3, 3, 1},
    {0, 0, 1, 0, 0, 0, 2, 7, 2, 0, 0, -5, -14, -5, 0, 0, 2, 7, 2, 0, 0, 0, 1, 0, 0},
    {-1, 0, 0, 0, 1, 0, 9, 0, -9, 0, 0, 0, 0, 0, 0, 0, -9, 0, 9, 0, 1, 0, 0, 0, -1},
    {0, 0, 0, 0, 0, 0, 2, -5, 2, 0, 1, 7, -14, 7, 1, 0, 2, -5, 2, 0, 0, 0, 0, 0, 0},
    {0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, 2, 0, -2, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0},
    {0, 0, 0, 0, 0, 0, 1, -3, 1, 0, 0, 0, 0, 0, 0, 0, -1, 3, -1, 0, 0, 0, 0, 0, 0},
    {0, 0, 0, 0, 0, 0, 1, 0, -1, 0, 0, -3, 0, 3, 0, 0, 1, 0, -1, 0, 0, 0, 0, 0, 0},
    {0, 0, 0, 0, 0, 0, 1, 2, 1, 0, 0, 0, 0, 0, 0, 0, -1, -2, -1, 0, 0, 0, 0, 0, 0}
  };

  // The same where some are known.
  private static final int[][] FEW_WEIGHTS = {
    {},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -7, 50, 0, -50, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
    {0, 0, -7, 0, 0, 0, 0, 50, 0, 0, 0, 0, 0, 0, 0, 0, 0, -50, 0, 0, 0, 0, 7, 0, 0},
    {0, 0, -1, 0, 0, 0, 0, 13, 0, 0, 0, 0, -24, 0, 0, 0, 0, 13, 0, 0, 0, 0, -1, 0, 0},
    {0, -1, 0, 1, 0, -1, 10, 0, -10, 1, 0, 0, 0, 0, 0, 1, -10, 0, 10, -1, 0, 1, 0, -1, 0},
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, 13, -24, 13, -1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}
  };

  private final Coefficients coefficients;
  private final int component;
  private final Component shape;
  private final int[] factors = new int[PLACES.length];
  private final int[] known;
  private final int[][] weights;
  private final int[] around = new int[25];

  private BlockSmoothing(
      Frame frame, Coefficients coefficients, int component, int[] quantization) {
    this.coefficients = coefficients;
    this.component = component;
    this.shape = frame.components().get(component);
    this.known = coefficients.known(component);
    boolean none = true;
    for (int i = 0; i < PLACES.length; i++) {
      factors[i] = quantization[i];
      none &= i == 0 || known[i] == -1;
    }
    weights = none ? ALL_WEIGHTS : FEW_WEIGHTS;
  }

  /** The smoothing of each component, or nothing if the file needs none. */
  static BlockSmoothing @Nullable [] of(JpegFile jpeg, Coefficients coefficients) {
    int count = jpeg.frame().components().size();
    boolean useful = false;
    for (int c = 0; c < count; c++) {
      int[] quantization = jpeg.quantization().get(c);
      int[] known = coefficients.known(c);
      if (quantization == null || known[0] < 0) {
        return null;
      }
      for (int i = 0; i < PLACES.length; i++) {
        if (quantization[i] == 0) {
          return null;
        }
        useful |= i > 0 && known[i] != 0;
      }
    }
    if (!jpeg.frame().progressive() || !useful) {
      return null;
    }
    BlockSmoothing[] all = new BlockSmoothing[count];
    for (int c = 0; c < count; c++) {
      int[] quantization = java.util.Objects.requireNonNull(jpeg.quantization().get(c));
      all[c] = new BlockSmoothing(jpeg.frame(), coefficients, c, quantization);
    }
    return all;
  }

  /**
   * Completes a copy of a block.
   *
   * @param x its place in the row
   * @param y its row
   * @param block its 64 coefficients
   */
  void smooth(int x, int y, short[] block) {
    gather(x, y);
    for (int i = 1; i <= (weights == ALL_WEIGHTS ? PLACES.length - 1 : FEW); i++) {
      int place = PLACES[i];
      if (known[i] != 0 && block[place] == 0) {
        block[place] = (short) estimate(weights[i], factors[i], known[i]);
      }
    }
    if (weights == ALL_WEIGHTS) {
      block[0] = (short) estimate(weights[0], factors[0], -1);
    }
  }

  /** The DC coefficients around a block; beyond an edge those at the edge. */
  private void gather(int x, int y) {
    // libjpeg counts rows as if all rows of MCUs had as many as this one, and knows the image's
    // last row only in the last row of MCUs.
    int mcus = shape.allHigh() / shape.group();
    int mcu = y / shape.group();
    int inMcu = mcu == mcus - 1 ? shape.high() - mcu * shape.group() : shape.group();
    int above = mcu * inMcu + y % shape.group();
    int below = mcus * inMcu - 1 - above;
    for (int j = 0; j < 5; j++) {
      int from = Math.max(-above, Math.min(below, j - 2));
      short[] row = coefficients.row(component, y + from);
      for (int i = 0; i < 5; i++) {
        int column = Math.max(0, Math.min(shape.wide() - 1, x + i - 2));
        around[5 * j + i] = row[column * Zigzag.BLOCK];
      }
    }
  }

  private int estimate(int[] weight, int factor, int bits) {
    long sum = 0;
    for (int i = 0; i < weight.length; i++) {
      sum += weight[i] * (long) around[i];
    }
    sum *= factors[0];
    int size = (int) ((((long) factor << 7) + Math.abs(sum)) / ((long) factor << 8));
    if (bits > 0) {
      size = Math.min(size, (1 << bits) - 1);
    }
    return sum < 0 ? -size : size;
  }
}
