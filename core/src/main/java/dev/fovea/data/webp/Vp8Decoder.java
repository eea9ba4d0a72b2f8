package dev.fovea.data.webp;

import dev.fovea.data.image.Bytes;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.webp.Vp8LoopFilter.Strength;
import java.util.Arrays;

/**
 * Decodes VP8 key frames (RFC 6386) to RGB, byte-identical to libwebp with its default settings.
 *
 * <p>Each 16x16 macroblock is predicted from its unfiltered neighbors, and its residual is added.
 * Then the loop filter runs over the frame, chroma is interpolated, and colors are converted. Takes
 * 1.5 bytes per pixel in addition to the image.
 */
public final class Vp8Decoder {
  private static final int SEGMENTS = 4;

  /**
   * Block types of the coefficient coding (section 13.3): luma after Y2, Y2 (the DC coefficients of
   * a macroblock's luma), chroma, luma with DC.
   */
  private static final int LUMA_REST = 0;

  private static final int LUMA_MEANS = 1;
  private static final int CHROMA = 2;
  private static final int LUMA_WHOLE = 3;

  private static final int SUBBLOCKS = -1;

  /** Quantizer steps of the first and the other coefficients of luma, Y2 and chroma. */
  private record Steps(int y0, int y1, int mean0, int mean1, int uv0, int uv1) {}

  private final int columns;
  private final int rows;
  private final BoolDecoder header;
  private final BoolDecoder[] partitions;

  private final boolean updatesMap;
  private final int[] segmentTree = {255, 255, 255};
  private final Steps[] steps = new Steps[SEGMENTS];
  private final boolean simpleFilter;

  /**
   * By segment: first for macroblocks predicted as a whole, then for those predicted by subblock.
   */
  private final Strength[] strengths = new Strength[2 * SEGMENTS];

  private final int[] probabilities;
  private final int skipProbability;

  private final Vp8Plane luma;
  private final Vp8Plane[] chroma;

  /** By macroblock: index into {@link #strengths}, and whether inner edges are filtered. */
  private final byte[] strengthOf;

  private final boolean[] inner;

  /** Prediction modes of the subblocks above, by column, and to the left. */
  private final byte[] modesAbove;

  private final byte[] modesLeft = new byte[4];

  /** Whether the blocks above and to the left have coefficients: 4 luma, 2 + 2 chroma, 1 Y2. */
  private final boolean[] codedAbove;

  private final boolean[] codedLeft = new boolean[9];

  private final int[] coefficients = new int[25 * 16];
  private final int[] neighbors = new int[13];
  private final byte[] subblockModes = new byte[16];

  private Vp8Decoder(byte[] b, int from, int end, int width, int height) throws MalformedImage {
    int tag = Bytes.u16le(b, from) | Bytes.u8(b, from + 2) << 16;
    int first = from + 10;
    if ((tag >> 1 & 7) > 3 || (tag >> 4 & 1) == 0) {
      throw new MalformedImage("the VP8 frame is hidden or has an unknown profile");
    }
    int headerEnd = first + (tag >> 5);
    if (headerEnd > end) {
      throw new MalformedImage("the file ends early");
    }
    columns = width + 15 >> 4;
    rows = height + 15 >> 4;
    header = new BoolDecoder(b, first, headerEnd);
    header.number(2);

    boolean segmented = header.flag();
    boolean map = false;
    boolean absolute = false;
    int[] quantizers = new int[SEGMENTS];
    int[] levels = new int[SEGMENTS];
    if (segmented) {
      map = header.flag();
      if (header.flag()) {
        absolute = header.flag();
        for (int i = 0; i < SEGMENTS; i++) {
          quantizers[i] = header.optional(7);
        }
        for (int i = 0; i < SEGMENTS; i++) {
          levels[i] = header.optional(6);
        }
      }
      for (int i = 0; map && i < segmentTree.length; i++) {
        segmentTree[i] = header.flag() ? header.number(8) : 255;
      }
    }
    updatesMap = map;
    simpleFilter = header.flag();
    readFilter(segmented, absolute, levels);
    partitions = partitions(b, headerEnd, end, 1 << header.number(2));
    readSteps(segmented, absolute, quantizers);
    header.flag();
    probabilities = Vp8Tables.coefficientProbabilities();
    for (int i = 0; i < probabilities.length; i++) {
      if (header.bit(Vp8Tables.COEFFICIENT_UPDATE_PROBABILITIES[i]) == 1) {
        probabilities[i] = header.number(8);
      }
    }
    skipProbability = header.flag() ? header.number(8) : -1;
    if (header.exhausted()) {
      throw new MalformedImage("the file ends early");
    }

    luma = new Vp8Plane(16 * columns, 16 * rows);
    chroma =
        new Vp8Plane[] {new Vp8Plane(8 * columns, 8 * rows), new Vp8Plane(8 * columns, 8 * rows)};
    strengthOf = new byte[columns * rows];
    inner = new boolean[columns * rows];
    modesAbove = new byte[4 * columns];
    codedAbove = new boolean[9 * columns];
  }

  /**
   * Decodes the frame at {@code from}.
   *
   * @param width the width in the frame's header, already checked by the caller
   * @param height likewise
   */
  public static Image decode(byte[] b, int from, int end, int width, int height)
      throws MalformedImage {
    Vp8Decoder frame = new Vp8Decoder(b, from, end, width, height);
    frame.reconstruct();
    frame.filter();
    return Vp8Color.toRgb(width, height, frame.luma, frame.chroma[0], frame.chroma[1]);
  }

  private void readFilter(boolean segmented, boolean absolute, int[] levels) {
    int level = header.number(6);
    int sharpness = header.number(3);
    int[] deltas = new int[8];
    boolean adjusted = header.flag();
    if (adjusted && header.flag()) {
      for (int i = 0; i < deltas.length; i++) {
        deltas[i] = header.optional(6);
      }
    }
    for (int i = 0; i < strengths.length; i++) {
      int v = segmented ? levels[i % SEGMENTS] + (absolute ? 0 : level) : level;
      if (adjusted) {
        v += deltas[0] + (i >= SEGMENTS ? deltas[4] : 0);
      }
      // A frame level of 0 disables the filter, regardless of the segments.
      strengths[i] = Strength.of(level == 0 ? 0 : Math.max(0, Math.min(63, v)), sharpness);
    }
  }

  private static BoolDecoder[] partitions(byte[] b, int from, int end, int count)
      throws MalformedImage {
    BoolDecoder[] parts = new BoolDecoder[count];
    int at = from + 3 * (count - 1);
    if (at >= end) {
      throw new MalformedImage("the file ends early");
    }
    for (int i = 0; i < count; i++) {
      int o = from + 3 * i;
      int size = i == count - 1 ? end - at : Bytes.u16le(b, o) | Bytes.u8(b, o + 2) << 16;
      int next = Math.min(end, at + size);
      parts[i] = new BoolDecoder(b, at, next);
      at = next;
    }
    return parts;
  }

  private void readSteps(boolean segmented, boolean absolute, int[] quantizers) {
    int base = header.number(7);
    int y0 = header.optional(4);
    int mean0 = header.optional(4);
    int mean1 = header.optional(4);
    int uv0 = header.optional(4);
    int uv1 = header.optional(4);
    for (int i = 0; i < SEGMENTS; i++) {
      int q = segmented ? quantizers[i] + (absolute ? 0 : base) : base;
      steps[i] =
          new Steps(
              Vp8Tables.DC_STEPS[index(q + y0, 127)],
              Vp8Tables.AC_STEPS[index(q, 127)],
              Vp8Tables.DC_STEPS[index(q + mean0, 127)] * 2,
              Math.max(8, Vp8Tables.AC_STEPS[index(q + mean1, 127)] * 155 / 100),
              Vp8Tables.DC_STEPS[index(q + uv0, 117)],
              Vp8Tables.AC_STEPS[index(q + uv1, 127)]);
    }
  }

  private static int index(int q, int most) {
    return Math.max(0, Math.min(most, q));
  }

  private void reconstruct() throws MalformedImage {
    for (int y = 0; y < rows; y++) {
      Arrays.fill(modesLeft, (byte) 0);
      Arrays.fill(codedLeft, false);
      BoolDecoder tokens = partitions[y & partitions.length - 1];
      for (int x = 0; x < columns; x++) {
        macroblock(x, y, tokens);
        if (header.exhausted() || tokens.exhausted()) {
          throw new MalformedImage("the file ends early");
        }
      }
    }
  }

  private void macroblock(int x, int y, BoolDecoder tokens) {
    int segment = updatesMap ? readSegment() : 0;
    boolean skipped = skipProbability >= 0 && header.bit(skipProbability) == 1;
    int mode = readModes(x);
    int chromaMode =
        header.bit(142) == 0
            ? Vp8Prediction.DC
            : header.bit(114) == 0
                ? Vp8Prediction.VERTICAL
                : header.bit(183) == 0 ? Vp8Prediction.HORIZONTAL : Vp8Prediction.TM;
    boolean whole = mode != SUBBLOCKS;
    boolean coded = false;
    Arrays.fill(coefficients, 0);
    if (skipped) {
      int last = whole ? 9 : 8;
      Arrays.fill(codedLeft, 0, last, false);
      Arrays.fill(codedAbove, 9 * x, 9 * x + last, false);
    } else {
      coded = readCoefficients(tokens, x, whole, steps[segment]);
    }
    if (whole) {
      Vp8Prediction.block(luma, luma.at(16 * x, 16 * y), 16, mode, y > 0, x > 0);
    }
    for (int i = 0; i < 16; i++) {
      int at = luma.at(16 * x + 4 * (i & 3), 16 * y + (i & 12));
      if (!whole) {
        Vp8Prediction.subblock(luma, at, subblockModes[i], neighbors(x, y, i, at));
      }
      Vp8Transform.addCosine(coefficients, 16 * i, luma, at);
    }
    for (int c = 0; c < 2; c++) {
      Vp8Plane plane = chroma[c];
      Vp8Prediction.block(plane, plane.at(8 * x, 8 * y), 8, chromaMode, y > 0, x > 0);
      for (int i = 0; i < 4; i++) {
        int at = plane.at(8 * x + 4 * (i & 1), 8 * y + 2 * (i & 2));
        Vp8Transform.addCosine(coefficients, 16 * (16 + 4 * c + i), plane, at);
      }
    }
    strengthOf[y * columns + x] = (byte) (whole ? segment : SEGMENTS + segment);
    inner[y * columns + x] = !whole || coded;
  }

  private int readSegment() {
    return header.bit(segmentTree[0]) == 0
        ? header.bit(segmentTree[1])
        : 2 + header.bit(segmentTree[2]);
  }

  /** The mode of a macroblock, or {@link #SUBBLOCKS} if each subblock has its own. */
  private int readModes(int x) {
    if (header.bit(145) == 1) {
      int mode;
      if (header.bit(156) == 1) {
        mode = header.bit(128) == 1 ? Vp8Prediction.TM : Vp8Prediction.HORIZONTAL;
      } else {
        mode = header.bit(163) == 1 ? Vp8Prediction.VERTICAL : Vp8Prediction.DC;
      }
      Arrays.fill(modesAbove, 4 * x, 4 * x + 4, (byte) mode);
      Arrays.fill(modesLeft, (byte) mode);
      return mode;
    }
    for (int i = 0; i < 16; i++) {
      int above = 4 * x + (i & 3);
      int context = 9 * (10 * modesAbove[above] + modesLeft[i >> 2]);
      int node = 0;
      do {
        int bit = header.bit(Vp8Tables.SUBBLOCK_MODE_PROBABILITIES[context + (node >> 1)]);
        node = Vp8Tables.SUBBLOCK_MODE_TREE[node + bit];
      } while (node > 0);
      byte mode = (byte) -node;
      subblockModes[i] = mode;
      modesAbove[above] = mode;
      modesLeft[i >> 2] = mode;
    }
    return SUBBLOCKS;
  }

  /**
   * The samples around luma block {@code i}. The upper right ones come from the row of macroblocks
   * above, even for the lower blocks of the right column.
   */
  private int[] neighbors(int x, int y, int i, int at) {
    byte[] p = luma.samples;
    int above = at - luma.stride;
    for (int k = 0; k < 4; k++) {
      neighbors[3 - k] = p[at - 1 + k * luma.stride] & 255;
      neighbors[5 + k] = p[above + k] & 255;
    }
    neighbors[4] = p[above - 1] & 255;
    int right = above + 4;
    int step = 1;
    if ((i & 3) == 3) {
      right = luma.at(16 * x + 16, 16 * y - 1);
      if (x == columns - 1) {
        right = y > 0 ? right - 1 : luma.at(0, -1);
        step = 0;
      }
    }
    for (int k = 0; k < 4; k++) {
      neighbors[9 + k] = p[right + k * step] & 255;
    }
    return neighbors;
  }

  /** Whether any block of the macroblock has coefficients. */
  private boolean readCoefficients(BoolDecoder in, int x, boolean whole, Steps s) {
    int top = 9 * x;
    boolean coded = false;
    int first = 0;
    int kind = LUMA_WHOLE;
    if (whole) {
      int context = count(codedAbove[top + 8], codedLeft[8]);
      int n = readBlock(in, LUMA_MEANS, context, 0, s.mean0, s.mean1, 24 * 16);
      codedAbove[top + 8] = n > 0;
      codedLeft[8] = n > 0;
      Vp8Transform.walshHadamard(Arrays.copyOfRange(coefficients, 24 * 16, 25 * 16), coefficients);
      first = 1;
      kind = LUMA_REST;
    }
    for (int i = 0; i < 16; i++) {
      int context = count(codedAbove[top + (i & 3)], codedLeft[i >> 2]);
      int n = readBlock(in, kind, context, first, s.y0, s.y1, 16 * i);
      codedAbove[top + (i & 3)] = n > first;
      codedLeft[i >> 2] = n > first;
      coded |= n > 1 || coefficients[16 * i] != 0;
    }
    for (int i = 0; i < 8; i++) {
      int above = top + 4 + 2 * (i >> 2) + (i & 1);
      int left = 4 + 2 * (i >> 2) + (i >> 1 & 1);
      int context = count(codedAbove[above], codedLeft[left]);
      int n = readBlock(in, CHROMA, context, 0, s.uv0, s.uv1, 16 * (16 + i));
      codedAbove[above] = n > 0;
      codedLeft[left] = n > 0;
      coded |= n > 1 || coefficients[16 * (16 + i)] != 0;
    }
    return coded;
  }

  private static int count(boolean a, boolean b) {
    return (a ? 1 : 0) + (b ? 1 : 0);
  }

  /**
   * Reads a block's coefficients. Returns the position after the last one, or {@code first} if
   * there are none.
   */
  private int readBlock(
      BoolDecoder in, int kind, int context, int first, int step0, int step1, int to) {
    int n = first;
    int p = probabilitiesOf(kind, n, context);
    while (n < 16) {
      if (in.bit(probabilities[p]) == 0) {
        return n;
      }
      while (in.bit(probabilities[p + 1]) == 0) {
        n++;
        if (n == 16) {
          return 16;
        }
        p = probabilitiesOf(kind, n, 0);
      }
      int v = 1;
      if (in.bit(probabilities[p + 2]) == 1) {
        v = readLarge(in, p);
      }
      int next = probabilitiesOf(kind, n + 1, v == 1 ? 1 : 2);
      // libwebp stores coefficients in 16 bits.
      coefficients[to + Vp8Tables.ZIGZAG[n]] = (short) (in.withSign(v) * (n == 0 ? step0 : step1));
      p = next;
      n++;
    }
    return 16;
  }

  private static int probabilitiesOf(int kind, int n, int context) {
    return ((kind * 8 + Vp8Tables.BANDS[n]) * 3 + context) * 11;
  }

  /** A value of at least 2. */
  private int readLarge(BoolDecoder in, int p) {
    if (in.bit(probabilities[p + 3]) == 0) {
      return in.bit(probabilities[p + 4]) == 0 ? 2 : 3 + in.bit(probabilities[p + 5]);
    }
    if (in.bit(probabilities[p + 6]) == 0) {
      if (in.bit(probabilities[p + 7]) == 0) {
        return 5 + in.bit(159);
      }
      int v = 7 + 2 * in.bit(165);
      return v + in.bit(145);
    }
    int high = in.bit(probabilities[p + 8]);
    int category = 2 * high + in.bit(probabilities[p + 9 + high]);
    int v = 0;
    for (int probability : Vp8Tables.LARGE_CATEGORIES[category]) {
      v = 2 * v + in.bit(probability);
    }
    return v + 3 + (8 << category);
  }

  private void filter() {
    for (int y = 0; y < rows; y++) {
      for (int x = 0; x < columns; x++) {
        int i = y * columns + x;
        Strength strength = strengths[strengthOf[i]];
        if (strength.limit() == 0) {
          continue;
        }
        if (simpleFilter) {
          Vp8LoopFilter.simple(luma, x, y, strength, inner[i]);
        } else {
          Vp8LoopFilter.normal(luma, 16, x, y, strength, inner[i]);
          Vp8LoopFilter.normal(chroma[0], 8, x, y, strength, inner[i]);
          Vp8LoopFilter.normal(chroma[1], 8, x, y, strength, inner[i]);
        }
      }
    }
  }
}
