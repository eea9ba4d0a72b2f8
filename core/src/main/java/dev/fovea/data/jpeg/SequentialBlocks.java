package dev.fovea.data.jpeg;

import java.util.Arrays;

/**
 * Decodes blocks of a sequential scan: Huffman codes to coefficients, multiplied by the
 * quantization table.
 *
 * <p>The code for a coefficient and its value are taken from the bits together, by one look into
 * the table; two coefficients fit into what one {@link BitReader#refill} gives, since {@link
 * HuffmanTable#LOOK} bits and a value have at most 25, two times.
 *
 * <p>Source: ITU-T T.81, F.2.2; {@code decode_mcu_fast} of libjpeg-turbo's jdhuff.c for what
 * happens to damaged data.
 */
final class SequentialBlocks {
  private final BitReader reader;

  /** Sum of the absolute values of the last block. */
  private long sum;

  SequentialBlocks(BitReader reader) {
    this.reader = reader;
  }

  /** A quantization table, continued for places behind the last as {@link Zigzag#PLACES} is. */
  static int[] factors(int[] table) {
    int[] factors = Arrays.copyOf(table, Zigzag.PLACES.length);
    Arrays.fill(factors, Zigzag.BLOCK, factors.length, table[Zigzag.BLOCK - 1]);
    return factors;
  }

  /** Sum of the absolute values of the last block's coefficients, multiplied. */
  long sum() {
    return sum;
  }

  /**
   * Decodes a block.
   *
   * @param factors the quantization table in zigzag order, continued by {@link #factors}
   * @param to receives coefficient {@code p}, row-major, in {@code to[p][lane]}; zeros are not
   *     written
   * @param before the DC coefficient of the component's block before
   * @return the DC coefficient, not multiplied
   */
  int decode(HuffmanTable dc, HuffmanTable ac, int[] factors, int[][] to, int lane, int before) {
    reader.refill();
    int coefficient = before + reader.value(reader.symbol(dc));
    int first = (short) coefficient * factors[0];
    to[0][lane] = first;
    byte[] data = reader.data;
    int[] entries = ac.entries;
    int[] places = Zigzag.PLACES;
    long bits = reader.bits;
    int count = reader.count;
    int at = reader.at;
    long total = Math.abs((long) first);
    int k = 0;
    while (k < Zigzag.BLOCK - 1) {
      bits |= BitReader.load(data, at) >>> count;
      at += 63 - count >> 3;
      count |= BitReader.REFILLED;
      int entry = entries[(int) (bits >>> Long.SIZE - HuffmanTable.LOOK)];
      if (entry == 0) {
        entry = ac.find(bits);
      }
      int size = entry >> 8 & 15;
      int run = entry >> 12 & 15;
      if (size == 0 && run < 15) {
        int length = entry >> 16;
        bits <<= length;
        count -= length;
        break;
      }
      k += run + 1;
      long tail = bits << (entry >> 16);
      int value = extend(tail, size);
      bits <<= entry & 255;
      count -= entry & 255;
      int product = value * factors[k];
      total += Math.abs((long) product);
      to[places[k]][lane] = product;
    }
    reader.bits = bits;
    reader.count = count;
    reader.at = at;
    sum = total;
    return coefficient;
  }

  /** The signed value in the top {@code size} bits (T.81, F.2.2.1, EXTEND). */
  private static int extend(long bits, int size) {
    int value = (int) (bits >>> 1 >>> 63 - size);
    int negative = (int) (~bits >> 63);
    return value + ((-1 << size) + 1 & negative);
  }
}
