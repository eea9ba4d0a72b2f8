package dev.fovea.data.jpeg;

import java.util.Arrays;

/**
 * The inverse cosine transform of many blocks at once, to 8x8 or fewer samples: coefficient {@code
 * p} of block {@code i} stands in {@code block[p][i]}, so that every step is a loop over blocks,
 * which the JVM computes with vector instructions.
 *
 * <p>Each of two passes, over columns and then rows, computes pairs of results {@code e + o} and
 * {@code e - o}, where e is a sum of the even inputs and o of the odd ones with constants of 13
 * bits. Written out as sums of products these are the same numbers as those of libjpeg's factored
 * algorithms, which round only at the end of each pass. (jidctint.c, jidctred.c; C. Loeffler, A.
 * Ligtenberg and G. Moschytz, Practical fast 1-D DCT algorithms with 11 multiplications, ICASSP
 * 1989.)
 *
 * <p>Fewer than 8x8 samples are means of pixels, as in libjpeg, or values of the lowest frequencies
 * at the places of the samples.
 *
 * <p>That holds for blocks whose coefficients have a sum of absolute values of at most {@link
 * #limit}. Others are rare, unless a file is damaged; see {@link ShortTransform}.
 *
 * <p>Immutable.
 */
final class InverseTransform {
  /** Bits of the constants. */
  private static final int FRACTION = 13;

  /** Additional bits that the first pass keeps. */
  private static final int KEPT = 2;

  private static final int SIDE = 8;

  /** Arrays that {@link #apply} works in. */
  static final int WORK = 10;

  private static final int[] ALL = {0, 1, 2, 3, 4, 5, 6, 7};

  /** Products of a coefficient and its factor of more bits are not of a picture. */
  private static final int MOST_BITS = 16;

  private final int size;

  /** Columns, and rows, that have an influence. */
  private final int[] used;

  /** Bits by which the constants of a pass are too large: a pass multiplies by their power of 2. */
  private final int gain;

  /** What transforms the blocks that the loops cannot. */
  private final Single single;

  /** The quantization table, row-major. */
  private final int[] factors;

  /** Constants of the second pass: for each pair of results those of even and of odd inputs. */
  private final int[][] rows;

  /**
   * The same for each column in the first pass, multiplied by the factors of the quantization
   * table. Products may overflow, sums do not, as long as {@link #limit} holds.
   */
  private final int[][][] columns;

  /** Transforms one block of coefficients, row-major; sample (y, x) gets to {@code 8 * y + x}. */
  private interface Single {
    void apply(int[] in, int[] factors, int[] out);
  }

  /**
   * Takes the constants of a transform.
   *
   * @param quantization in zigzag order
   * @param across constants for rows: for each pair of results those of the inputs 0 to 7
   * @param down likewise for columns
   */
  private InverseTransform(
      int[] used,
      int gain,
      int[] quantization,
      int size,
      int[][] across,
      int[][] down,
      Single single) {
    this.size = size;
    this.used = used;
    this.gain = gain;
    this.single = single;
    this.factors = new int[Zigzag.BLOCK];
    for (int k = 0; k < factors.length; k++) {
      factors[Zigzag.PLACES[k]] = quantization[k];
    }
    int pairs = across.length;
    this.rows = new int[2 * pairs][4];
    this.columns = new int[SIDE][2 * pairs][4];
    for (int p = 0; p < 2 * pairs; p++) {
      for (int i = 0; i < 4; i++) {
        int y = 2 * i + p % 2;
        rows[p][i] = across[p / 2][y];
        for (int x = 0; x < SIDE; x++) {
          columns[x][p][i] = down[p / 2][y] * factors[SIDE * y + x];
        }
      }
    }
  }

  /**
   * The transform of libjpeg, in which samples are means of pixels.
   *
   * @param size 1, 2, 4 or 8 samples on each side
   * @param quantization factors of the coefficients, in zigzag order
   */
  static InverseTransform averages(int size, int[] quantization) {
    int[] used =
        switch (size) {
          case 8 -> ALL;
          case 4 -> new int[] {0, 1, 2, 3, 5, 6, 7};
          case 2 -> new int[] {0, 1, 3, 5, 7};
          default -> new int[] {0};
        };
    int[][] pairs =
        switch (size) {
          case 8 -> pairs8();
          case 4 -> pairs4();
          case 2 -> pairs2();
          default -> new int[0][];
        };
    int gain = 3 - Integer.numberOfTrailingZeros(size);
    return new InverseTransform(
        used,
        gain,
        quantization,
        size,
        pairs,
        pairs,
        (in, factors, out) -> ShortTransform.apply(size, in, factors, out));
  }

  /**
   * The transform to values of the lowest frequencies, as many as there are samples on a side.
   *
   * @param size 1, 2, 3, 4, 6 or 8 samples on each side
   * @param quantization factors of the coefficients, in zigzag order
   * @param across what the frequencies along a row are multiplied by
   * @param down what those along a column are multiplied by
   */
  static InverseTransform lowFrequencies(
      int size, int[] quantization, double[] across, double[] down) {
    LowFrequencies low = new LowFrequencies(size, across, down);
    return new InverseTransform(
        Arrays.copyOf(ALL, size),
        0,
        quantization,
        size,
        constants(low.across()),
        constants(low.down()),
        low::apply);
  }

  /** The constants of each pair of results, or of the middle one alone. */
  private static int[][] constants(double[][] cosines) {
    int[][] pairs = new int[(cosines.length + 1) / 2][SIDE];
    for (int p = 0; p < pairs.length; p++) {
      for (int k = 0; k < cosines.length; k++) {
        pairs[p][k] = fix(cosines[p][k]);
      }
    }
    return pairs;
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

  /** Largest sum of the absolute values of a block's coefficients that the loops transform. */
  private int limit() {
    return size == 1 ? 4_000 : 5_800;
  }

  /**
   * Transforms blocks in place.
   *
   * @param block 64 arrays of coefficients; sample (y, x) of each block, 0 to 255, gets into array
   *     {@code 8 * y + x}
   * @param diagonal largest sum of row and column of a coefficient other than zero
   * @param work {@link #WORK} arrays
   * @param n number of blocks
   */
  void apply(int[][] block, int diagonal, int[][] work, int n) {
    int[][] others = takeOthers(block, diagonal, work[8], work[9], n);
    if (size == 1) {
      average(block[0], factors[0], n);
    } else {
      transform(block, diagonal, work, n);
    }
    for (int[] other : others) {
      for (int p = 0; p < Zigzag.BLOCK; p++) {
        if (p / SIDE < size && p % SIDE < size) {
          block[p][other[Zigzag.BLOCK]] = other[p];
        }
      }
    }
  }

  private void transform(int[][] block, int diagonal, int[][] work, int n) {
    int first = FRACTION - KEPT + gain;
    for (int x : used) {
      if (x > diagonal) {
        // A column of zeros gives zeros.
        break;
      }
      sum(inputs(block, x, SIDE), diagonal - x, columns[x], work, 1 << first - 1, n);
      for (int p = 0; p < (size + 1) / 2; p++) {
        int below = x + SIDE * (size - 1 - p);
        combine(work[p], work[4 + p], block[x + SIDE * p], block[below], first, n);
      }
    }
    int second = FRACTION + KEPT + 3 + gain;
    for (int row = 0; row < SIDE * size; row += SIDE) {
      sum(inputs(block, row, 1), diagonal, rows, work, (1 << second - 1) + (128 << second), n);
      for (int p = 0; p < (size + 1) / 2; p++) {
        int right = row + size - 1 - p;
        combineAndClamp(work[p], work[4 + p], block[row + p], block[right], second, n);
      }
    }
  }

  /**
   * Transforms the blocks that the loops cannot.
   *
   * @return for each its samples, and its number
   */
  private int[][] takeOthers(int[][] block, int diagonal, int[] sums, int[] all, int n) {
    Arrays.fill(sums, 0, n, 0);
    Arrays.fill(all, 0, n, 0);
    for (int y : used) {
      for (int x : used) {
        if (x + y <= diagonal) {
          addSize(block[SIDE * y + x], factors[SIDE * y + x], sums, all, n);
        }
      }
    }
    int limit = limit();
    int[][] others = new int[0][];
    for (int i = 0; i < n; i++) {
      if (sums[i] > limit || all[i] >> MOST_BITS != 0) {
        others = Arrays.copyOf(others, others.length + 1);
        others[others.length - 1] = takeOther(block, i);
      }
    }
    return others;
  }

  private static void addSize(int[] a, int factor, int[] sums, int[] all, int n) {
    for (int i = 0; i < n; i++) {
      int sign = a[i] >> 31;
      int product = ((a[i] ^ sign) - sign) * factor;
      sums[i] += product;
      all[i] |= product;
    }
  }

  private int[] takeOther(int[][] block, int i) {
    int[] in = new int[Zigzag.BLOCK];
    for (int p = 0; p < in.length; p++) {
      in[p] = block[p][i];
    }
    int[] out = new int[Zigzag.BLOCK + 1];
    single.apply(in, factors, out);
    out[Zigzag.BLOCK] = i;
    return out;
  }

  /** The arrays of a column or row, which are {@code step} apart. */
  private static int[][] inputs(int[][] block, int first, int step) {
    int[][] in = new int[SIDE][];
    for (int i = 0; i < SIDE; i++) {
      in[i] = block[first + i * step];
    }
    return in;
  }

  /**
   * The even and odd sums of a column or row.
   *
   * @param last the last input that may be other than zero
   */
  private void sum(int[][] in, int last, int[][] k, int[][] sums, int round, int n) {
    for (int p = 0; p < (size + 1) / 2; p++) {
      if (last < 4 || k[2 * p][2] == 0 && k[2 * p][3] == 0) {
        sumTwo(in[0], in[2], k[2 * p], round, sums[p], n);
      } else {
        sumProducts(in, 0, k[2 * p], round, sums[p], n);
      }
      if (last < 5 || k[2 * p + 1][2] == 0 && k[2 * p + 1][3] == 0) {
        sumTwo(in[1], in[3], k[2 * p + 1], 0, sums[4 + p], n);
      } else {
        sumProducts(in, 1, k[2 * p + 1], 0, sums[4 + p], n);
      }
    }
  }

  private static void sumTwo(int[] a, int[] b, int[] k, int round, int[] sum, int n) {
    int ka = k[0];
    int kb = k[1];
    for (int i = 0; i < n; i++) {
      sum[i] = a[i] * ka + b[i] * kb + round;
    }
  }

  private static void sumProducts(int[][] in, int first, int[] k, int round, int[] sum, int n) {
    int[] a = in[first];
    int[] b = in[first + 2];
    int[] c = in[first + 4];
    int[] d = in[first + 6];
    int ka = k[0];
    int kb = k[1];
    int kc = k[2];
    int kd = k[3];
    for (int i = 0; i < n; i++) {
      sum[i] = a[i] * ka + b[i] * kb + c[i] * kc + d[i] * kd + round;
    }
  }

  private static void combine(int[] even, int[] odd, int[] p, int[] q, int shift, int n) {
    for (int i = 0; i < n; i++) {
      p[i] = even[i] + odd[i] >> shift;
      q[i] = even[i] - odd[i] >> shift;
    }
  }

  private static void combineAndClamp(int[] even, int[] odd, int[] p, int[] q, int shift, int n) {
    for (int i = 0; i < n; i++) {
      int v = even[i] + odd[i] >> shift;
      v &= ~(v >> 31);
      p[i] = (v | 255 - v >> 31) & 255;
      int w = even[i] - odd[i] >> shift;
      w &= ~(w >> 31);
      q[i] = (w | 255 - w >> 31) & 255;
    }
  }

  private static void average(int[] a, int factor, int n) {
    for (int i = 0; i < n; i++) {
      int v = (a[i] * factor + 4 >> 3) + 128;
      v &= ~(v >> 31);
      a[i] = (v | 255 - v >> 31) & 255;
    }
  }
}
