package dev.fovea.data.jpeg;

import dev.fovea.data.image.MalformedImage;
import java.util.Arrays;

/**
 * A Huffman table of a JPEG file, ready to decode from.
 *
 * <p>The first {@link #LOOK} bits of the data choose an entry of {@link #entries}, which says for
 * every code of at most that length how many bits the code and the value behind it take together.
 * Longer codes are rare and are found by comparison.
 *
 * <p>Immutable. Source: ITU-T T.81, annex C and F.2.2.3; {@code jpeg_make_d_derived_tbl} and {@code
 * jpeg_huff_decode} of libjpeg-turbo's jdhuff.c.
 */
final class HuffmanTable {
  /** Bits by which an entry is chosen. */
  static final int LOOK = 10;

  /** Length that stands for "no code of the table", as many bits as libjpeg consumes then. */
  static final int NO_CODE = 17;

  private static final int LONGEST = 16;

  /** A table without codes, where none is needed. */
  static final HuffmanTable NONE = none();

  /** The entry of bits that start a longer code, which {@link #find} knows. */
  static final int LONG_CODE = Integer.MIN_VALUE;

  private static final int USED_SHIFT = 4;
  private static final int LENGTH_SHIFT = 10;
  private static final int STEP_SHIFT = 16;

  /**
   * What the next {@link #LOOK} bits mean. Bits 0 to 3: size of the value that follows the code, in
   * bits; 4 to 9: size of code and value together; 10 to 15: that of the code; from 16: run of
   * zeros, plus 1. Negative for {@link #LONG_CODE} and symbols that end a block.
   *
   * <p>A shift of a {@code long} takes six bits of the distance, so that fields need no mask there.
   */
  final int[] entries = new int[1 << LOOK];

  private final byte[] symbols;

  /** First code that is too large for each length, shifted to {@link #LONGEST} bits. */
  private final int[] ends = new int[LONGEST + 1];

  /** What to add to a code of each length to get the index of its symbol. */
  private final int[] offsets = new int[LONGEST + 1];

  /**
   * A table as it stands in a file.
   *
   * @param counts number of codes of length 1 to 16
   * @param symbols in the order of their codes
   * @throws MalformedImage if there are more codes of a length than fit
   */
  HuffmanTable(byte[] counts, byte[] symbols) throws MalformedImage {
    this.symbols = symbols;
    Arrays.fill(entries, LONG_CODE);
    int code = 0;
    int next = 0;
    for (int length = 1; length <= LONGEST; length++) {
      int count = counts[length - 1] & 255;
      offsets[length] = next - code;
      for (int i = 0; i < count; i++, code++, next++) {
        if (length <= LOOK) {
          fill(code, length, symbols[next] & 255);
        }
      }
      // No code may consist of ones only.
      if (count > 0 && code >= 1 << length) {
        throw new MalformedImage("a Huffman table of the JPEG has more codes than fit");
      }
      ends[length] = code << LONGEST - length;
      code <<= 1;
    }
  }

  private static HuffmanTable none() {
    try {
      return new HuffmanTable(new byte[LONGEST], new byte[0]);
    } catch (MalformedImage e) {
      throw new IllegalStateException(e);
    }
  }

  private void fill(int code, int length, int symbol) {
    if (code >= 1 << length) {
      return;
    }
    int first = code << LOOK - length;
    int entry = entry(length, symbol);
    for (int i = 0; i < 1 << LOOK - length; i++) {
      entries[first + i] = entry;
    }
  }

  /**
   * An entry for a code longer than {@link #LOOK} bits.
   *
   * @param bits the next bits, from the highest; at least {@link #NO_CODE} are valid
   * @return as in {@link #entries}; symbol 0 and length {@link #NO_CODE} if there is no such code
   */
  int find(long bits) {
    int next = (int) (bits >>> Long.SIZE - LONGEST);
    for (int length = LOOK + 1; length <= LONGEST; length++) {
      if (next < ends[length]) {
        int code = next >> LONGEST - length;
        int symbol = symbols[code + offsets[length] & 255] & 255;
        return entry(length, symbol);
      }
    }
    return entry(NO_CODE, 0);
  }

  private static int entry(int length, int symbol) {
    int size = symbol & 15;
    int run = symbol >> 4;
    return (size == 0 && run < 15 ? Integer.MIN_VALUE : 0)
        | run + 1 << STEP_SHIFT
        | length << LENGTH_SHIFT
        | length + size << USED_SHIFT
        | size;
  }

  /** The symbol of an entry. */
  static int symbol(int entry) {
    return (step(entry) - 1 & 15) << 4 | entry & 15;
  }

  /** Places from the coefficient before to this one. */
  static int step(int entry) {
    return entry >> STEP_SHIFT;
  }

  /** Bits of the code, as far as a shift takes them: the lowest six bits. */
  static int length(int entry) {
    return entry >> LENGTH_SHIFT;
  }

  /** Bits of code and value, as far as a shift takes them: the lowest six bits. */
  static int used(int entry) {
    return entry >> USED_SHIFT;
  }

  /**
   * Checks that this table can code differences of DC coefficients.
   *
   * @throws MalformedImage if a symbol exceeds 15 bits
   */
  HuffmanTable forDc() throws MalformedImage {
    for (byte symbol : symbols) {
      if ((symbol & 255) > 15) {
        throw new MalformedImage("a Huffman table for DC coefficients of the JPEG has AC symbols");
      }
    }
    return this;
  }
}
