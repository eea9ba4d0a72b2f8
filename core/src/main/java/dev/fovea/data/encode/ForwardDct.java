package dev.fovea.data.encode;

/**
 * The discrete cosine transform of a row of 8x8 blocks, and the quantization of its result.
 *
 * <p>Equal to libjpeg's accurate integer transform ({@code jfdctint.c}, JDCT_ISLOW) and to its
 * division, which rounds half away from zero. Not safe for several threads.
 */
final class ForwardDct {
  private static final int SIDE = 8;
  private static final int CONST_BITS = 13;
  private static final int PASS1_BITS = 2;
  private static final int FIRST = CONST_BITS - PASS1_BITS;
  private static final int SECOND = CONST_BITS + PASS1_BITS;

  /** The transform's result is this many bits too large. */
  private static final int SCALE_BITS = 3;

  /** Large enough to divide numbers below 2^11 by at most 255 exactly, within 32 bits. */
  private static final int RECIPROCAL_BITS = 20;

  private static final int FIX_0_298631336 = 2446;
  private static final int FIX_0_390180644 = 3196;
  private static final int FIX_0_541196100 = 4433;
  private static final int FIX_0_765366865 = 6270;
  private static final int FIX_0_899976223 = 7373;
  private static final int FIX_1_175875602 = 9633;
  private static final int FIX_1_501321110 = 12299;
  private static final int FIX_1_847759065 = 15137;
  private static final int FIX_1_961570560 = 16069;
  private static final int FIX_2_053119869 = 16819;
  private static final int FIX_2_562915447 = 20995;
  private static final int FIX_3_072711026 = 25172;

  private final int[] halves;
  private final int[] reciprocals;

  /**
   * A transform.
   *
   * @param steps to divide by, row by row, each 1 to 255
   * @param blocks in a row
   */
  ForwardDct(int[] steps, int blocks) {
    // Repeated for every block, so that a row is divided in one long loop.
    halves = new int[blocks * JpegTables.BLOCK];
    reciprocals = new int[blocks * JpegTables.BLOCK];
    for (int i = 0; i < halves.length; i++) {
      int step = steps[i % JpegTables.BLOCK];
      halves[i] = step << SCALE_BITS - 1;
      reciprocals[i] = ((1 << RECIPROCAL_BITS) + step - 1) / step;
    }
  }

  /** Transforms a row of the blocks that are there; coefficient i of block b comes to {@code out[b * 64 + i]}. */
  void row(YccRows.Plane plane, int blockRow, int[] out) {
    int stride = plane.stride();
    for (int b = 0; b < plane.blocksAcross(); b++) {
      int at = blockRow * SIDE * stride + b * SIDE;
      int to = b * JpegTables.BLOCK;
      for (int y = 0; y < SIDE; y++) {
        across(plane.samples(), at + y * stride, out, to + y * SIDE);
      }
      for (int x = 0; x < SIDE; x++) {
        down(out, to + x);
      }
    }
    quantize(out, halves, reciprocals);
  }

  private static void quantize(int[] v, int[] halves, int[] reciprocals) {
    for (int i = 0; i < v.length; i++) {
      int sign = v[i] >> 31;
      int n = (v[i] ^ sign) - sign + halves[i] >> SCALE_BITS;
      int q = n * reciprocals[i] >> RECIPROCAL_BITS;
      v[i] = (q ^ sign) - sign;
    }
  }

  private static void across(int[] in, int at, int[] out, int to) {
    int tmp0 = in[at] + in[at + 7];
    int tmp7 = in[at] - in[at + 7];
    int tmp1 = in[at + 1] + in[at + 6];
    int tmp6 = in[at + 1] - in[at + 6];
    int tmp2 = in[at + 2] + in[at + 5];
    int tmp5 = in[at + 2] - in[at + 5];
    int tmp3 = in[at + 3] + in[at + 4];
    int tmp4 = in[at + 3] - in[at + 4];

    int tmp10 = tmp0 + tmp3;
    int tmp13 = tmp0 - tmp3;
    int tmp11 = tmp1 + tmp2;
    int tmp12 = tmp1 - tmp2;
    int half = 1 << FIRST - 1;
    out[to] = tmp10 + tmp11 << PASS1_BITS;
    out[to + 4] = tmp10 - tmp11 << PASS1_BITS;
    int z1 = (tmp12 + tmp13) * FIX_0_541196100 + half;
    out[to + 2] = z1 + tmp13 * FIX_0_765366865 >> FIRST;
    out[to + 6] = z1 - tmp12 * FIX_1_847759065 >> FIRST;

    int z5 = (tmp4 + tmp6 + tmp5 + tmp7) * FIX_1_175875602 + half;
    int z3 = z5 - (tmp4 + tmp6) * FIX_1_961570560;
    int z4 = z5 - (tmp5 + tmp7) * FIX_0_390180644;
    int z6 = (tmp4 + tmp7) * FIX_0_899976223;
    int z2 = (tmp5 + tmp6) * FIX_2_562915447;
    out[to + 7] = tmp4 * FIX_0_298631336 - z6 + z3 >> FIRST;
    out[to + 5] = tmp5 * FIX_2_053119869 - z2 + z4 >> FIRST;
    out[to + 3] = tmp6 * FIX_3_072711026 - z2 + z3 >> FIRST;
    out[to + 1] = tmp7 * FIX_1_501321110 - z6 + z4 >> FIRST;
  }

  private static void down(int[] v, int at) {
    int tmp0 = v[at] + v[at + 56];
    int tmp7 = v[at] - v[at + 56];
    int tmp1 = v[at + 8] + v[at + 48];
    int tmp6 = v[at + 8] - v[at + 48];
    int tmp2 = v[at + 16] + v[at + 40];
    int tmp5 = v[at + 16] - v[at + 40];
    int tmp3 = v[at + 24] + v[at + 32];
    int tmp4 = v[at + 24] - v[at + 32];

    int tmp10 = tmp0 + tmp3;
    int tmp13 = tmp0 - tmp3;
    int tmp11 = tmp1 + tmp2;
    int tmp12 = tmp1 - tmp2;
    int half = 1 << SECOND - 1;
    v[at] = tmp10 + tmp11 + (1 << PASS1_BITS - 1) >> PASS1_BITS;
    v[at + 32] = tmp10 - tmp11 + (1 << PASS1_BITS - 1) >> PASS1_BITS;
    int z1 = (tmp12 + tmp13) * FIX_0_541196100 + half;
    v[at + 16] = z1 + tmp13 * FIX_0_765366865 >> SECOND;
    v[at + 48] = z1 - tmp12 * FIX_1_847759065 >> SECOND;

    int z5 = (tmp4 + tmp6 + tmp5 + tmp7) * FIX_1_175875602 + half;
    int z3 = z5 - (tmp4 + tmp6) * FIX_1_961570560;
    int z4 = z5 - (tmp5 + tmp7) * FIX_0_390180644;
    int z6 = (tmp4 + tmp7) * FIX_0_899976223;
    int z2 = (tmp5 + tmp6) * FIX_2_562915447;
    v[at + 56] = tmp4 * FIX_0_298631336 - z6 + z3 >> SECOND;
    v[at + 40] = tmp5 * FIX_2_053119869 - z2 + z4 >> SECOND;
    v[at + 24] = tmp6 * FIX_3_072711026 - z2 + z3 >> SECOND;
    v[at + 8] = tmp7 * FIX_1_501321110 - z6 + z4 >> SECOND;
  }
}
