package dev.fovea.data.encode;

import java.util.Arrays;

/**
 * The discrete cosine transform of all blocks of a {@link UnitRow}, and the quantization of its
 * result, in place. Not safe for several threads.
 *
 * <p>Equal to libjpeg's accurate integer transform ({@code jfdctint.c}, JDCT_ISLOW), whose
 * constants are multiplied out here: the sums are the same, and only they are rounded. Equal also
 * to its division, which rounds half away from zero.
 */
final class ForwardDct {
  private static final int SIDE = 8;

  /** Bits behind the point: of the constants, and kept between the two passes. */
  private static final int CONST_BITS = 13;

  private static final int PASS1_BITS = 2;

  /** The transform's result is this many bits too large. */
  private static final int SCALE_BITS = 3;

  /** Enough to divide numbers below 2^11 by at most 255 exactly, within 32 bits. */
  private static final int RECIPROCAL_BITS = 20;

  /** Weights of the sums of samples i and 7 - i in coefficients 0, 2, 4, 6. */
  private static final int[][] EVEN = {
    {8192, 8192, 8192, 8192},
    {10703, 4433, -4433, -10703},
    {8192, -8192, -8192, 8192},
    {4433, -10704, 10704, -4433}
  };

  /** Weights of the differences of samples i and 7 - i in coefficients 1, 3, 5, 7. */
  private static final int[][] ODD = {
    {11363, 9633, 6437, 2260},
    {9633, -2259, -11362, -6436},
    {6437, -11362, 2261, 9633},
    {2260, -6436, 9633, -11363}
  };

  private final int[][] sums;
  private final int[][] differences;
  private final int[][] halves;
  private final int[][] reciprocals;
  private final int[] low;
  private final int[] high;

  /**
   * A transform.
   *
   * @param lumaSteps to divide luma by, row by row, each 1 to 255
   * @param chromaSteps the same for color
   */
  ForwardDct(UnitRow row, int[] lumaSteps, int[] chromaSteps) {
    int lanes = row.lanes();
    sums = new int[4][lanes];
    differences = new int[4][lanes];
    halves = new int[JpegTables.BLOCK][lanes];
    reciprocals = new int[JpegTables.BLOCK][lanes];
    low = new int[lanes];
    high = new int[lanes];
    for (int i = 0; i < JpegTables.BLOCK; i++) {
      divideBy(lumaSteps[i], i, 0, row.blueLane());
      divideBy(chromaSteps[i], i, row.blueLane(), lanes);
    }
  }

  private void divideBy(int step, int i, int from, int to) {
    Arrays.fill(halves[i], from, to, step << SCALE_BITS - 1);
    Arrays.fill(reciprocals[i], from, to, ((1 << RECIPROCAL_BITS) + step - 1) / step);
  }

  /** Replaces samples by quantized coefficients. */
  void transform(int[][] v) {
    for (int y = 0; y < SIDE; y++) {
      pass(v, y * SIDE, 1, CONST_BITS - PASS1_BITS);
    }
    for (int x = 0; x < SIDE; x++) {
      pass(v, x, SIDE, CONST_BITS + PASS1_BITS);
    }
    for (int i = 0; i < JpegTables.BLOCK; i++) {
      quantize(v[i], halves[i], reciprocals[i]);
    }
    Arrays.fill(low, 0);
    Arrays.fill(high, 0);
    for (int k = 1; k < JpegTables.BLOCK; k++) {
      mark(v[JpegTables.ZIGZAG[k]], k <= 32 ? low : high, k - 1);
    }
  }

  /** Has bit k - 1 set where coefficient k of a block, counted in zigzag order, is not zero. */
  long nonzero(int lane) {
    return (long) high[lane] << 32 | low[lane] & 0xffff_ffffL;
  }

  private void pass(int[][] v, int at, int step, int shift) {
    for (int i = 0; i < 4; i++) {
      pair(v[at + i * step], v[at + (7 - i) * step], sums[i], differences[i]);
    }
    for (int i = 0; i < 4; i++) {
      weigh(sums, EVEN[i], v[at + 2 * i * step], shift);
      weigh(differences, ODD[i], v[at + (2 * i + 1) * step], shift);
    }
  }

  // These loops stay as they are: C2 vectorizes separate arrays at one index.

  private static void pair(int[] a, int[] b, int[] sums, int[] differences) {
    for (int n = 0; n < sums.length; n++) {
      sums[n] = a[n] + b[n];
      differences[n] = a[n] - b[n];
    }
  }

  private static void weigh(int[][] four, int[] weights, int[] to, int shift) {
    weigh(
        four[0],
        four[1],
        four[2],
        four[3],
        to,
        weights[0],
        weights[1],
        weights[2],
        weights[3],
        shift);
  }

  private static void weigh(
      int[] a, int[] b, int[] c, int[] d, int[] to, int wa, int wb, int wc, int wd, int shift) {
    int half = 1 << shift - 1;
    for (int n = 0; n < to.length; n++) {
      to[n] = wa * a[n] + wb * b[n] + wc * c[n] + wd * d[n] + half >> shift;
    }
  }

  private static void quantize(int[] v, int[] halves, int[] reciprocals) {
    for (int i = 0; i < v.length; i++) {
      int sign = v[i] >> 31;
      int n = (v[i] ^ sign) - sign + halves[i] >> SCALE_BITS;
      int q = n * reciprocals[i] >> RECIPROCAL_BITS;
      v[i] = (q ^ sign) - sign;
    }
  }

  private static void mark(int[] v, int[] marks, int bit) {
    for (int n = 0; n < marks.length; n++) {
      marks[n] |= (v[n] | -v[n]) >>> 31 << bit;
    }
  }
}
