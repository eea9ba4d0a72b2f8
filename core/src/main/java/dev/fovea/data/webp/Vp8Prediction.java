package dev.fovea.data.webp;

import java.util.Arrays;

/**
 * Intra prediction of VP8 (RFC 6386, section 12): fills a block from the samples above it and to
 * its left.
 */
final class Vp8Prediction {
  static final int DC = 0;
  static final int TM = 1;
  static final int VERTICAL = 2;
  static final int HORIZONTAL = 3;
  private static final int LEFT_DOWN = 4;
  private static final int RIGHT_DOWN = 5;
  private static final int VERTICAL_RIGHT = 6;
  private static final int VERTICAL_LEFT = 7;
  private static final int HORIZONTAL_DOWN = 8;

  private Vp8Prediction() {}

  /**
   * Predicts one channel of a macroblock.
   *
   * @param size 16 for luma, 8 for chroma
   * @param above whether there is a macroblock above; DC prediction averages only existing
   *     neighbors
   */
  static void block(Vp8Plane plane, int at, int size, int mode, boolean above, boolean left) {
    byte[] p = plane.samples;
    int stride = plane.stride;
    for (int y = 0; y < size; y++) {
      int row = at + y * stride;
      switch (mode) {
        case DC ->
            Arrays.fill(
                p, row, row + size, (byte) (y == 0 ? mean(plane, at, size, above, left) : p[at]));
        case TM -> gradient(p, row, at - stride, size);
        case VERTICAL -> System.arraycopy(p, at - stride, p, row, size);
        default -> Arrays.fill(p, row, row + size, p[row - 1]);
      }
    }
  }

  private static int mean(Vp8Plane plane, int at, int size, boolean above, boolean left) {
    if (!above && !left) {
      return 128;
    }
    byte[] p = plane.samples;
    int sum = 0;
    for (int i = 0; i < size; i++) {
      sum += above ? p[at - plane.stride + i] & 255 : 0;
      sum += left ? p[at - 1 + i * plane.stride] & 255 : 0;
    }
    int n = above && left ? 2 * size : size;
    return (sum + n / 2) / n;
  }

  /** One row of TM prediction: left plus above minus corner. */
  private static void gradient(byte[] p, int row, int above, int size) {
    int base = (p[row - 1] & 255) - (p[above - 1] & 255);
    for (int x = 0; x < size; x++) {
      p[row + x] = (byte) clip(base + (p[above + x] & 255));
    }
  }

  static int clip(int v) {
    return v < 0 ? 0 : Math.min(v, 255);
  }

  /**
   * Predicts a 4x4 block of luma.
   *
   * @param e the 13 neighboring samples from lower left to upper right: four to the left, the
   *     corner, eight above
   */
  static void subblock(Vp8Plane plane, int at, int mode, int[] e) {
    for (int y = 0; y < 4; y++) {
      for (int x = 0; x < 4; x++) {
        plane.samples[at + y * plane.stride + x] = (byte) sample(mode, x, y, e);
      }
    }
  }

  private static int sample(int mode, int x, int y, int[] e) {
    return switch (mode) {
      case DC -> e[0] + e[1] + e[2] + e[3] + e[5] + e[6] + e[7] + e[8] + 4 >> 3;
      case TM -> clip(e[3 - y] + e[5 + x] - e[4]);
      case VERTICAL -> three(e, 5 + x);
      case HORIZONTAL -> three(e, 3 - y);
      case LEFT_DOWN -> three(e, 6 + x + y);
      case RIGHT_DOWN -> three(e, 4 + x - y);
      case VERTICAL_RIGHT -> verticalRight(x, y, e);
      case VERTICAL_LEFT -> verticalLeft(x, y, e);
      case HORIZONTAL_DOWN -> horizontalDown(x, y, e);
      default -> horizontalUp(x + 2 * y, e);
    };
  }

  private static int verticalRight(int x, int y, int[] e) {
    if (x == 0 && y >= 2) {
      return three(e, 5 - y);
    }
    int i = 4 + x - y / 2;
    return y % 2 == 0 ? two(e, i) : three(e, i);
  }

  private static int verticalLeft(int x, int y, int[] e) {
    if (x == 3 && y >= 2) {
      return three(e, 8 + y);
    }
    int i = 5 + x + y / 2;
    return y % 2 == 0 ? two(e, i) : three(e, i + 1);
  }

  private static int horizontalDown(int x, int y, int[] e) {
    if (x >= 2 && y == 0) {
      return three(e, 3 + x);
    }
    int i = 3 - y + x / 2;
    return x % 2 == 0 ? two(e, i) : three(e, i + 1);
  }

  private static int horizontalUp(int i, int[] e) {
    if (i > 5) {
      return e[0];
    }
    return i % 2 == 0 ? two(e, 2 - i / 2) : three(e, 2 - i / 2);
  }

  private static int two(int[] e, int i) {
    return e[i] + e[i + 1] + 1 >> 1;
  }

  /** Smooths around neighbor {@code i}; at the ends the outermost one counts twice. */
  private static int three(int[] e, int i) {
    return e[Math.max(0, i - 1)] + 2 * e[i] + e[Math.min(12, i + 1)] + 2 >> 2;
  }
}
