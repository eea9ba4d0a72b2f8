package dev.fovea.data.webp;

import dev.fovea.data.image.MalformedImage;

/**
 * A canonical prefix code of lossless WebP. Codes of up to 8 bits are decoded by table lookup,
 * longer ones bit by bit.
 */
final class PrefixCode {
  private static final int MOST_LENGTH = 15;
  private static final int TABLE_BITS = 8;

  /** Symbol and length by the next {@code tableBits} bits; 0 for longer codes. */
  private final char[] table;

  private final int tableBits;
  private final int[] counts = new int[MOST_LENGTH + 1];
  private final char[] symbols;

  private PrefixCode(int[] lengths, int size, int used) throws MalformedImage {
    symbols = new char[used];
    int[] next = new int[MOST_LENGTH + 2];
    int longest = 0;
    for (int s = 0; s < size; s++) {
      counts[lengths[s]]++;
      longest = Math.max(longest, lengths[s]);
    }
    counts[0] = 0;
    int open = 1;
    for (int length = 1; length <= MOST_LENGTH; length++) {
      next[length + 1] = next[length] + counts[length];
      open = 2 * open - counts[length];
      if (open < 0) {
        break;
      }
    }
    if (open != 0 && used > 1 || used == 0) {
      throw new MalformedImage("a prefix code of the lossless WebP is incomplete");
    }
    for (int s = 0; s < size; s++) {
      if (lengths[s] != 0) {
        symbols[next[lengths[s]]++] = (char) s;
      }
    }
    tableBits = used == 1 ? 0 : Math.min(longest, TABLE_BITS);
    table = new char[1 << tableBits];
    if (used == 1) {
      table[0] = (char) (symbols[0] << 4);
      return;
    }
    int code = 0;
    int index = 0;
    for (int length = 1; length <= tableBits; length++) {
      for (int i = 0; i < counts[length]; i++, index++, code++) {
        int reversed = Integer.reverse(code) >>> 32 - length;
        for (int at = reversed; at < table.length; at += 1 << length) {
          table[at] = (char) (symbols[index] << 4 | length);
        }
      }
      code <<= 1;
    }
  }

  /**
   * Builds the code from its lengths; 0 marks unused symbols. A single symbol takes no bits,
   * regardless of its length.
   */
  static PrefixCode of(int[] lengths, int size) throws MalformedImage {
    int used = 0;
    for (int s = 0; s < size; s++) {
      used += lengths[s] != 0 ? 1 : 0;
    }
    return new PrefixCode(lengths, size, used);
  }

  /** The approximate memory of this code in bytes. */
  int bytes() {
    return 2 * table.length + 2 * symbols.length + 4 * counts.length + 64;
  }

  int read(LowBits in) {
    int entry = table[in.peek(tableBits)];
    if (entry != 0 || tableBits == 0) {
      in.skip(entry & 15);
      return entry >> 4;
    }
    int code = 0;
    int first = 0;
    int index = 0;
    for (int length = 1; length <= MOST_LENGTH; length++) {
      code |= in.bits(1);
      if (code - first < counts[length]) {
        return symbols[index + code - first];
      }
      index += counts[length];
      first = first + counts[length] << 1;
      code <<= 1;
    }
    throw new IllegalStateException("a complete prefix code has a symbol for every bit sequence");
  }
}
