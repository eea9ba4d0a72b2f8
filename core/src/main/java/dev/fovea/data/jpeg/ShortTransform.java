package dev.fovea.data.jpeg;

/**
 * The inverse cosine transform of single blocks in arithmetic of 16 bits, for coefficients that are
 * larger than those of any picture. They come from damaged files, where libjpeg-turbo's vector code
 * lets sums wrap around at 16 bits and clamps what it stores, and pictures are the same only if
 * that is done here.
 *
 * <p>Source: jidctint-avx2.asm and jidctred-sse2.asm of libjpeg-turbo; jidctred.c for one sample.
 */
final class ShortTransform {
  private static final int SIDE = 8;
  private static final int F0_298 = 2446;
  private static final int F0_390 = 3196;
  private static final int F0_541 = 4433;
  private static final int F0_765 = 6270;
  private static final int F0_899 = 7373;
  private static final int F1_175 = 9633;
  private static final int F1_501 = 12299;
  private static final int F1_847 = 15137;
  private static final int F1_961 = 16069;
  private static final int F2_053 = 16819;
  private static final int F2_562 = 20995;
  private static final int F3_072 = 25172;

  private ShortTransform() {}

  /**
   * Transforms a block.
   *
   * @param in coefficients, row-major
   * @param factors the quantization table, row-major
   * @param out receives sample (y, x) at {@code 8 * y + x}
   */
  static void apply(int size, int[] in, int[] factors, int[] out) {
    if (size == 1) {
      out[0] = one(in[0], factors[0]);
      return;
    }
    short[] block = new short[Zigzag.BLOCK];
    for (int i = 0; i < block.length; i++) {
      block[i] = (short) (in[i] * factors[i]);
    }
    switch (size) {
      case 2 -> two(block, out);
      case 4 -> four(block, isZero(in, 8, 32) && isZero(in, 40, 64), out);
      default -> eight(block, isZero(in, 8, 64), out);
    }
  }

  /** libjpeg keeps factors in 16 bits with a sign, and its table of limits has 1024 entries. */
  private static int one(int dc, int factor) {
    int v = dc * (short) factor + 4 >> 3 & 1023;
    if (v < 128) {
      return v + 128;
    }
    return v < 512 ? 255 : Math.max(0, v - 896);
  }

  private static void two(short[] in, int[] out) {
    int[] columns = {0, 1, 3, 5, 7};
    int[][] pass = new int[2][SIDE];
    for (int x : columns) {
      int even = in[x] << 15;
      int odd =
          in[SIDE + x] * 29692
              - in[3 * SIDE + x] * 10426
              + (in[5 * SIDE + x] * 6967 - in[7 * SIDE + x] * 5906);
      pass[0][x] = descale(even + odd, 13);
      pass[1][x] = descale(even - odd, 13);
      if (x > 0) {
        pass[0][x] = clamp16(pass[0][x]);
        pass[1][x] = clamp16(pass[1][x]);
      }
    }
    for (int y = 0; y < 2; y++) {
      int[] p = pass[y];
      int even = p[0] << 15;
      int odd = p[1] * 29692 - p[3] * 10426 + (p[5] * 6967 - p[7] * 5906);
      out[SIDE * y] = sample(descale(even + odd, 20));
      out[SIDE * y + 1] = sample(descale(even - odd, 20));
    }
  }

  /** Four samples; {@code flat} if all coefficients are zero that count but those of row 0. */
  private static void four(short[] in, boolean flat, int[] out) {
    int[][] pass = new int[4][SIDE];
    int[] r = new int[4];
    int[] a = new int[SIDE];
    for (int x = 0; x < SIDE; x++) {
      if (flat) {
        r[0] = r[1] = r[2] = r[3] = (short) (in[x] << 2);
      } else {
        for (int y = 0; y < SIDE; y++) {
          a[y] = in[SIDE * y + x];
        }
        four(a, 12, r);
      }
      for (int y = 0; y < 4; y++) {
        pass[y][x] = r[y];
      }
    }
    for (int y = 0; y < 4; y++) {
      four(pass[y], 19, r);
      for (int x = 0; x < 4; x++) {
        out[SIDE * y + x] = sample(r[x]);
      }
    }
  }

  private static void four(int[] a, int shift, int[] r) {
    int far = a[1] * F2_562 + a[3] * F0_899 + (-a[5] * 4926 - a[7] * 4176);
    int near = a[1] * 8697 - a[3] * 17799 + (a[5] * 11893 - a[7] * 1730);
    int even = a[2] * F1_847 - a[6] * F0_765;
    int base = a[0] << 14;
    r[0] = clamp16(descale(base + even + far, shift));
    r[3] = clamp16(descale(base + even - far, shift));
    r[1] = clamp16(descale(base - even + near, shift));
    r[2] = clamp16(descale(base - even - near, shift));
  }

  private static void eight(short[] in, boolean flat, int[] out) {
    int[][] pass = new int[SIDE][SIDE];
    int[] r = new int[SIDE];
    int[] a = new int[SIDE];
    for (int x = 0; x < SIDE; x++) {
      for (int y = 0; y < SIDE; y++) {
        a[y] = in[SIDE * y + x];
      }
      eight(a, 11, r);
      for (int y = 0; y < SIDE; y++) {
        pass[y][x] = flat ? (short) (in[x] << 2) : r[y];
      }
    }
    for (int y = 0; y < SIDE; y++) {
      eight(pass[y], 18, r);
      for (int x = 0; x < SIDE; x++) {
        out[SIDE * y + x] = sample(r[x]);
      }
    }
  }

  private static void eight(int[] a, int shift, int[] r) {
    int t3 = a[2] * (F0_541 + F0_765) + a[6] * F0_541;
    int t2 = a[2] * F0_541 + a[6] * (F0_541 - F1_847);
    int t0 = (short) (a[0] + a[4]) << 13;
    int t1 = (short) (a[0] - a[4]) << 13;
    int z3 = (short) (a[7] + a[3]);
    int z4 = (short) (a[5] + a[1]);
    int y3 = z3 * (F1_175 - F1_961) + z4 * F1_175;
    int y4 = z3 * F1_175 + z4 * (F1_175 - F0_390);
    int o0 = a[7] * (F0_298 - F0_899) - a[1] * F0_899 + y3;
    int o1 = a[5] * (F2_053 - F2_562) - a[3] * F2_562 + y4;
    int o2 = a[3] * (F3_072 - F2_562) - a[5] * F2_562 + y3;
    int o3 = a[1] * (F1_501 - F0_899) - a[7] * F0_899 + y4;
    r[0] = clamp16(descale(t0 + t3 + o3, shift));
    r[7] = clamp16(descale(t0 + t3 - o3, shift));
    r[1] = clamp16(descale(t1 + t2 + o2, shift));
    r[6] = clamp16(descale(t1 + t2 - o2, shift));
    r[2] = clamp16(descale(t1 - t2 + o1, shift));
    r[5] = clamp16(descale(t1 - t2 - o1, shift));
    r[3] = clamp16(descale(t0 - t3 + o0, shift));
    r[4] = clamp16(descale(t0 - t3 - o0, shift));
  }

  private static boolean isZero(int[] in, int from, int to) {
    for (int i = from; i < to; i++) {
      if (in[i] != 0) {
        return false;
      }
    }
    return true;
  }

  private static int descale(int v, int shift) {
    return v + (1 << shift - 1) >> shift;
  }

  private static int clamp16(int v) {
    return Math.max(Short.MIN_VALUE, Math.min(Short.MAX_VALUE, v));
  }

  private static int sample(int v) {
    return Math.max(0, Math.min(255, v + 128));
  }
}
