package dev.fovea.data.encode;

import java.util.HexFormat;

/**
 * A Huffman code of symbols of 8 bits, as a JPEG states it: the number of codes of each length, and
 * the symbols by increasing code.
 */
final class HuffmanTable {
  private static final int LONGEST = 16;

  private final int[] counts;
  private final byte[] symbols;
  private final int[] codes = new int[256];
  private final int[] lengths = new int[256];
  private final int[] entries = new int[256];

  /**
   * A table.
   *
   * @param counts the number of codes of 1 to 16 bits
   * @param symbols in hexadecimal
   */
  HuffmanTable(int[] counts, String symbols) {
    this.counts = counts;
    this.symbols = HexFormat.of().parseHex(symbols);
    int code = 0;
    int next = 0;
    for (int length = 1; length <= LONGEST; length++, code <<= 1) {
      for (int i = 0; i < counts[length - 1]; i++) {
        int symbol = this.symbols[next++] & 255;
        codes[symbol] = code++;
        lengths[symbol] = length;
        entries[symbol] = codes[symbol] << 8 | length + (symbol & 15);
      }
    }
  }

  int code(int symbol) {
    return codes[symbol];
  }

  /** The bits in the code of a symbol. */
  int length(int symbol) {
    return lengths[symbol];
  }

  /**
   * The code of a symbol, and below it in 8 bits its length with that of the number it announces.
   */
  int entry(int symbol) {
    return entries[symbol];
  }

  /** The content of a DHT segment: class and number of the table, counts, symbols. */
  byte[] segment(int classAndNumber) {
    byte[] content = new byte[1 + LONGEST + symbols.length];
    content[0] = (byte) classAndNumber;
    for (int i = 0; i < LONGEST; i++) {
      content[1 + i] = (byte) counts[i];
    }
    System.arraycopy(symbols, 0, content, 1 + LONGEST, symbols.length);
    return content;
  }
}
