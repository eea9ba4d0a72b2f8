package dev.fovea.data.jpeg;

import static dev.fovea.data.image.Bytes.u16be;
import static dev.fovea.data.image.Bytes.u8;

import dev.fovea.data.image.MalformedImage;
import java.util.ArrayList;
import java.util.List;

/**
 * The header of a scan, the tables that hold for it, and where its data lies.
 *
 * @param parts its components with their tables
 * @param from first coefficient of the band (Ss), in zigzag order
 * @param to last coefficient of the band (Se)
 * @param high bit position of the scan before that this one refines (Ah); 0 if none
 * @param low bit position of this scan (Al)
 * @param interval MCUs between restart markers; 0 if there are none
 * @param start offset of its data in the file
 * @param end offset behind its data
 */
record Scan(
    List<Part> parts, int from, int to, int high, int low, int interval, int start, int end) {
  /** Most blocks of an MCU (T.81, B.2.3). */
  private static final int MOST_BLOCKS = 10;

  /** Highest bit position that libjpeg accepts ({@code start_pass_phuff_decoder}). */
  private static final int MOST_LOW = 13;

  /**
   * A component in this scan.
   *
   * @param component index in the frame
   * @param dc for DC coefficients; {@link HuffmanTable#NONE} if this scan needs none
   * @param ac for AC coefficients, likewise
   */
  record Part(int component, HuffmanTable dc, HuffmanTable ac) {}

  /**
   * Reads a scan header (T.81, B.2.3).
   *
   * @param at offset of the segment's length field
   * @param end offset behind the scan's data
   */
  static Scan read(byte[] b, int at, int end, Frame frame, Tables tables) throws MalformedImage {
    int length = u16be(b, at);
    int count = u8(b, at + 2);
    if (count < 1 || count > 4 || length != 6 + 2 * count) {
      throw new MalformedImage("a scan header of the JPEG has a wrong length");
    }
    int parameters = at + 3 + 2 * count;
    int from = u8(b, parameters);
    int to = u8(b, parameters + 1);
    int high = u8(b, parameters + 2) >> 4;
    int low = u8(b, parameters + 2) & 15;
    if (!frame.progressive()) {
      // As in libjpeg, since some encoders write zeros here.
      from = 0;
      to = Zigzag.BLOCK - 1;
      high = 0;
      low = 0;
    }
    if (frame.progressive()) {
      check(from, to, high, low, count);
    }
    List<Part> parts = parts(b, at + 3, count, frame, tables, from == 0 && high == 0, to > 0);
    return new Scan(parts, from, to, high, low, tables.interval(), at + length, end);
  }

  /** The rules for progressive scans (T.81, G.1.1.1). */
  private static void check(int from, int to, int high, int low, int count) throws MalformedImage {
    boolean band = from == 0 ? to == 0 : from <= to && to < Zigzag.BLOCK && count == 1;
    if (!band || high != 0 && low != high - 1 || low > MOST_LOW) {
      throw new MalformedImage(
          "a scan of the progressive JPEG has impossible parameters ("
              + from
              + " to "
              + to
              + ", bits "
              + high
              + " to "
              + low
              + ")");
    }
  }

  private static List<Part> parts(
      byte[] b, int at, int count, Frame frame, Tables tables, boolean dc, boolean ac)
      throws MalformedImage {
    List<Part> parts = new ArrayList<>();
    // As in libjpeg's get_sos: a component cannot stand behind one that follows it in the frame.
    boolean[] taken = new boolean[frame.components().size()];
    int blocks = 0;
    for (int i = 0; i < count; i++) {
      int component = -1;
      for (int c = 0; c < taken.length && component < 0; c++) {
        if (frame.components().get(c).id() == u8(b, at + 2 * i) && !taken[c]) {
          component = c;
        }
      }
      int found = component;
      if (found < 0 || parts.stream().anyMatch(p -> p.component == found)) {
        throw new MalformedImage("a scan of the JPEG names a component that it cannot hold");
      }
      if (i < taken.length) {
        taken[i] = true;
      }
      int choice = u8(b, at + 2 * i + 1);
      parts.add(
          new Part(
              found,
              dc ? tables.dc(choice >> 4) : HuffmanTable.NONE,
              ac ? tables.ac(choice & 15) : HuffmanTable.NONE));
      blocks += frame.components().get(found).h() * frame.components().get(found).v();
    }
    if (count > 1 && blocks > MOST_BLOCKS) {
      throw new MalformedImage("an MCU of the JPEG has more than " + MOST_BLOCKS + " blocks");
    }
    return parts;
  }

  /** Whether MCUs hold blocks of several components; otherwise each is one block. */
  boolean isInterleaved() {
    return parts.size() > 1;
  }
}
