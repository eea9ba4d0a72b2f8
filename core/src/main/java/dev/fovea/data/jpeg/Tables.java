package dev.fovea.data.jpeg;

import static dev.fovea.data.image.Bytes.u16be;
import static dev.fovea.data.image.Bytes.u8;

import dev.fovea.data.image.MalformedImage;
import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The tables that hold at a place of a JPEG file: quantization, Huffman codes, restart interval.
 *
 * <p>Source: ITU-T T.81, B.2.4; {@code get_dht}, {@code get_dqt} and {@code get_dri} of
 * libjpeg-turbo's jdmarker.c.
 */
final class Tables {
  /** Tables of each kind. */
  private static final int COUNT = 4;

  private static final String DC_SYMBOLS = "000102030405060708090a0b";

  private static final String LUMA_AC_SYMBOLS =
      "01020300041105122131410613516107227114328191a1082342b1c11552d1f02433627282090a16"
          + "1718191a25262728292a3435363738393a434445464748494a535455565758595a63646566676869"
          + "6a737475767778797a838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4b5b6"
          + "b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae1e2e3e4e5e6e7e8e9eaf1f2f3f4f5f6f7f8"
          + "f9fa";

  private static final String CHROMA_AC_SYMBOLS =
      "000102031104052131061241510761711322328108144291a1b1c109233352f0156272d10a162434"
          + "e125f11718191a262728292a35363738393a434445464748494a535455565758595a636465666768"
          + "696a737475767778797a82838485868788898a92939495969798999aa2a3a4a5a6a7a8a9aab2b3b4"
          + "b5b6b7b8b9bac2c3c4c5c6c7c8c9cad2d3d4d5d6d7d8d9dae2e3e4e5e6e7e8e9eaf2f3f4f5f6f7f8"
          + "f9fa";

  /** The tables for luma and chroma of T.81, K.3, which frames of Motion JPEG leave out. */
  private static final Codes[] STANDARD_DC = {
    codes("00010501010101010100000000000000", DC_SYMBOLS),
    codes("00030101010101010101010000000000", DC_SYMBOLS)
  };

  private static final Codes[] STANDARD_AC = {
    codes("0002010303020403050504040000017d", LUMA_AC_SYMBOLS),
    codes("00020102040403040705040400010277", CHROMA_AC_SYMBOLS)
  };

  private final int[] @Nullable [] quantization = new int[COUNT][];
  private final @Nullable Codes[] dc = new Codes[COUNT];
  private final @Nullable Codes[] ac = new Codes[COUNT];
  private int interval;

  /** A Huffman table as it stands in a file; an unused one may be invalid. */
  private static final class Codes {
    private final byte[] counts;
    private final byte[] symbols;
    private @Nullable HuffmanTable table;

    Codes(byte[] counts, byte[] symbols) {
      this.counts = counts;
      this.symbols = symbols;
    }

    HuffmanTable table() throws MalformedImage {
      HuffmanTable t = table;
      if (t == null) {
        t = new HuffmanTable(counts, symbols);
        table = t;
      }
      return t;
    }
  }

  private static Codes codes(String counts, String symbols) {
    return new Codes(HexFormat.of().parseHex(counts), HexFormat.of().parseHex(symbols));
  }

  /** Reads a segment of Huffman tables; {@code at} is the offset of its length field. */
  void addHuffman(byte[] b, int at, int length) throws MalformedImage {
    int next = at + 2;
    int left = length - 2;
    while (left > 16) {
      int index = u8(b, next);
      byte[] counts = Arrays.copyOfRange(b, next + 1, next + 17);
      int sum = 0;
      for (byte count : counts) {
        sum += count & 255;
      }
      left -= 17;
      if (sum > 256 || sum > left || (index & ~0x10) >= COUNT) {
        throw new MalformedImage("a Huffman table of the JPEG is invalid");
      }
      // libjpeg fills a table up to 256 symbols with zeros, to which invalid codes may lead.
      byte[] symbols = Arrays.copyOf(Arrays.copyOfRange(b, next + 17, next + 17 + sum), 256);
      u8(b, next + 16 + sum);
      (index < 0x10 ? dc : ac)[index & 15] = new Codes(counts, symbols);
      next += 17 + sum;
      left -= sum;
    }
    checkEmpty(left);
  }

  /** Reads a segment of quantization tables. */
  void addQuantization(byte[] b, int at, int length) throws MalformedImage {
    int next = at + 2;
    int left = length - 2;
    while (left > 0) {
      int index = u8(b, next) & 15;
      boolean wide = u8(b, next) >> 4 != 0;
      if (index >= COUNT) {
        throw new MalformedImage("a quantization table of the JPEG is invalid");
      }
      int[] table = new int[Zigzag.BLOCK];
      for (int k = 0; k < Zigzag.BLOCK; k++) {
        table[k] = wide ? u16be(b, next + 1 + 2 * k) : u8(b, next + 1 + k);
      }
      quantization[index] = table;
      int size = 1 + (wide ? 2 : 1) * Zigzag.BLOCK;
      next += size;
      left -= size;
    }
    checkEmpty(left);
  }

  /** Reads a segment with a restart interval. */
  void addInterval(byte[] b, int at, int length) throws MalformedImage {
    checkEmpty(length - 4);
    interval = u16be(b, at + 2);
  }

  private static void checkEmpty(int left) throws MalformedImage {
    if (left != 0) {
      throw new MalformedImage("a table of the JPEG has a wrong length");
    }
  }

  /** Sets tables that the file lacks before its first scan, as for Motion JPEG. */
  void addStandard() {
    for (int i = 0; i < STANDARD_DC.length; i++) {
      if (dc[i] == null) {
        dc[i] = STANDARD_DC[i];
      }
      if (ac[i] == null) {
        ac[i] = STANDARD_AC[i];
      }
    }
  }

  int interval() {
    return interval;
  }

  HuffmanTable dc(int index) throws MalformedImage {
    return find(dc, index).forDc();
  }

  HuffmanTable ac(int index) throws MalformedImage {
    return find(ac, index);
  }

  private static HuffmanTable find(@Nullable Codes[] tables, int index) throws MalformedImage {
    Codes codes = index < COUNT ? tables[index] : null;
    if (codes == null) {
      throw new MalformedImage("a scan of the JPEG needs a Huffman table that the file lacks");
    }
    return codes.table();
  }

  /**
   * The quantization table of this index, in zigzag order.
   *
   * @throws MalformedImage if there is none
   */
  int[] quantization(int index) throws MalformedImage {
    int[] table = index < COUNT ? quantization[index] : null;
    if (table == null) {
      throw new MalformedImage("the JPEG lacks a quantization table that it needs");
    }
    return table;
  }
}
