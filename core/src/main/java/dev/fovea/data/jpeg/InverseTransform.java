package dev.fovea.data.jpeg;

/**
 * The inverse cosine transform of many blocks at once, to 8x8, 4x4, 2x2 or 1 samples: coefficient
 * {@code p} of block {@code i} stands in {@code block[p][i]}, so that every step is a loop over
 * blocks, which the JVM computes with vector instructions.
 *
 * <p>Each of two passes, over columns and then rows, computes pairs of results {@code e + o} and
 * {@code e - o}, where e is a sum of the even inputs and o of the odd ones with constants of 13
 * bits. Written out as sums of products these are the same numbers as those of libjpeg's factored
 * algorithms, which round only at the end of each pass. (jidctint.c, jidctred.c; C. Loeffler, A.
 * Ligtenberg and G. Moschytz, Practical fast 1-D DCT algorithms with 11 multiplications, ICASSP
 * 1989.)
 *
 * <p>That holds for blocks whose coefficients have a sum of absolute values of at most {@link
 * #limit}. Others come from damaged files; see {@link ShortTransform}.
 */
final class InverseTransform {
  /** Bits of the constants. */
  private static final int FRACTION = 13;

  /** Additional bits that the first pass keeps. */
  private static final int KEPT = 2;

  private static final int SIDE = 8;

  private static final InverseTransform[] BY_LOG = {
    new InverseTransform(1, new int[0], new int[0][]),
    new InverseTransform(2, new int[] {0, 1, 3, 5, 7}, pairs2()),
    new InverseTransform(4, new int[] {0, 1, 2, 3, 5, 6, 7}, pairs4()),
    new InverseTransform(8, new int[] {0, 1, 2, 3, 4, 5, 6, 7}, pairs8())
  };

  private final int size;

  /** Columns that have an influence. */
  private final int[] columns;

  /** Constants for inputs 0 to 7 of each pair. */
  private final int[][] pairs;

  private InverseTransform(int size, int[] columns, int[][] pairs) {
    this.size = size;
    this.columns = columns;
    this.pairs = pairs;
  }

  /** The transform to {@code size x size} samples. */
  static InverseTransform of(int size) {
    return BY_LOG[Integer.numberOfTrailingZeros(size)];
  }

  private static int fix(double constant) {
    return (int) Math.round(constant * (1 << FRACTION));
  }

  private static int[][] pairs8() {
    int f0298 = fix(0.298631336);
    int f0390 = fix(0.390180644);
    int f0541 = fix(0.541196100);
    int f0765 = fix(0.765366865);
    int f0899 = fix(0.899976223);
    int f1175 = fix(1.175875602);
    int f1501 = fix(1.501321110);
    int f1847 = fix(1.847759065);
    int f1961 = fix(1.961570560);
    int f2053 = fix(2.053119869);
    int f2562 = fix(2.562915447);
    int f3072 = fix(3.072711026);
    int one = 1 << FRACTION;
    int a = f1175 - f0899;
    int b = f1175 - f1961;
    int c = f1175 - f0390;
    int d = f1175 - f2562;
    return new int[][] {
      {one, f1501 + a - f0390, f0541 + f0765, f1175, one, c, f0541, a},
      {one, f1175, f0541, f3072 + d - f1961, -one, d, f0541 - f1847, b},
      {one, c, -f0541, d, -one, f2053 + d - f0390, f1847 - f0541, f1175},
      {one, a, -f0541 - f0765, b, one, f1175, -f0541, f0298 + a - f1961}
    };
  }

  private static int[][] pairs4() {
    int two = 2 << FRACTION;
    int even = fix(1.847759065);
    int less = fix(0.765366865);
    return new int[][] {
      {
        two,
        fix(2.562915447),
        even,
        fix(0.899976223),
        0,
        -fix(0.601344887),
        -less,
        -fix(0.509795579)
      },
      {
        two,
        fix(1.061594337),
        -even,
        -fix(2.172734803),
        0,
        fix(1.451774981),
        less,
        -fix(0.211164243)
      }
    };
  }

  private static int[][] pairs2() {
    return new int[][] {
      {
        4 << FRACTION,
        fix(3.624509785),
        0,
        -fix(1.272758580),
        0,
        fix(0.850430095),
        0,
        -fix(0.720959822)
      }
    };
  }

  /** Largest sum of the absolute values of a block's coefficients that this class transforms. */
  int limit() {
    return size == 1 ? 4_000 : 5_800;
  }

  /**
   * Transforms blocks in place.
   *
   * @param block 64 arrays of coefficients; sample (y, x) of each block, 0 to 255, gets into array
   *     {@code 8 * y + x}
   * @param work 64 arrays
   * @param n number of blocks
   */
  void apply(int[][] block, int[][] work, int n) {
    if (size == 1) {
      average(block[0], n);
      return;
    }
    int extra = 3 - Integer.numberOfTrailingZeros(size);
    int first = FRACTION - KEPT + extra;
    for (int x : columns) {
      for (int p = 0; p < pairs.length; p++) {
        pair(block, x, SIDE, work, x + SIDE * p, x + SIDE * (size - 1 - p), pairs[p], first, n);
      }
    }
    int second = FRACTION + KEPT + 3 + extra;
    for (int y = 0; y < size; y++) {
      int row = SIDE * y;
      for (int p = 0; p < pairs.length; p++) {
        pair(work, row, 1, block, row + p, row + size - 1 - p, pairs[p], second, n);
        clamp(block[row + p], block[row + size - 1 - p], n);
      }
    }
  }

  /** One pair of results of a column or row whose inputs are {@code step} arrays apart. */
  private static void pair(
      int[][] in, int at, int step, int[][] out, int sum, int difference, int[] k, int s, int n) {
    butterfly(
        in[at],
        in[at + step],
        in[at + 2 * step],
        in[at + 3 * step],
        in[at + 4 * step],
        in[at + 5 * step],
        in[at + 6 * step],
        in[at + 7 * step],
        out[sum],
        out[difference],
        k,
        s,
        n);
  }

  private static void butterfly(
      int[] a0,
      int[] a1,
      int[] a2,
      int[] a3,
      int[] a4,
      int[] a5,
      int[] a6,
      int[] a7,
      int[] sum,
      int[] difference,
      int[] k,
      int shift,
      int n) {
    int k0 = k[0];
    int k1 = k[1];
    int k2 = k[2];
    int k3 = k[3];
    int k4 = k[4];
    int k5 = k[5];
    int k6 = k[6];
    int k7 = k[7];
    int half = 1 << shift - 1;
    for (int i = 0; i < n; i++) {
      int even = a0[i] * k0 + a2[i] * k2 + a4[i] * k4 + a6[i] * k6 + half;
      int odd = a1[i] * k1 + a3[i] * k3 + a5[i] * k5 + a7[i] * k7;
      sum[i] = even + odd >> shift;
      difference[i] = even - odd >> shift;
    }
  }

  private static void clamp(int[] a, int[] b, int n) {
    for (int i = 0; i < n; i++) {
      int v = a[i] + 128;
      v &= ~(v >> 31);
      a[i] = (v | 255 - v >> 31) & 255;
      int w = b[i] + 128;
      w &= ~(w >> 31);
      b[i] = (w | 255 - w >> 31) & 255;
    }
  }

  private static void average(int[] a, int n) {
    for (int i = 0; i < n; i++) {
      int v = (a[i] + 4 >> 3) + 128;
      v &= ~(v >> 31);
      a[i] = (v | 255 - v >> 31) & 255;
    }
  }
}
