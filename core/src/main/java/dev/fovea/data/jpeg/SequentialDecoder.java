package dev.fovea.data.jpeg;

import dev.fovea.data.image.MalformedImage;
import java.util.Arrays;

/**
 * Decodes the MCUs of a sequential scan: Huffman codes to coefficients.
 *
 * <p>One look into a table gives the code of a coefficient and the number of bits of its value,
 * which are taken from the bits together. One {@link BitReader#refill} lasts for two coefficients,
 * since {@link HuffmanTable#LOOK} bits and a value of at most 15 fit into its 56 bits two times.
 * The state of the reader is kept in local variables over a block.
 *
 * <p>Source: ITU-T T.81, F.2.2; {@code decode_mcu_fast} of libjpeg-turbo's jdhuff.c for what
 * happens to damaged data.
 */
final class SequentialDecoder {
  /** The component of each block of an MCU. */
  private final int[] components;

  private final HuffmanTable[] dc;
  private final HuffmanTable[] ac;

  /** The DC coefficient of the block before, for each component. */
  private final int[] before;

  /** A decoder for a scan whose components are those of the frame. */
  SequentialDecoder(Scan scan, Frame frame) {
    int[] ofBlock = new int[Zigzag.BLOCK];
    int blocks = 0;
    int count = frame.components().size();
    for (int c = 0; c < count; c++) {
      Component component = frame.components().get(c);
      for (int b = 0; b < component.h() * component.v(); b++) {
        ofBlock[blocks++] = c;
      }
    }
    components = Arrays.copyOf(ofBlock, blocks);
    before = new int[count];
    dc = scan.parts().stream().map(Scan.Part::dc).toArray(HuffmanTable[]::new);
    ac = scan.parts().stream().map(Scan.Part::ac).toArray(HuffmanTable[]::new);
  }

  /** Blocks of an MCU. */
  int blocks() {
    return components.length;
  }

  /** Starts a restart interval. */
  void restart() {
    Arrays.fill(before, 0);
  }

  /**
   * Decodes MCUs.
   *
   * @param to for each block of an MCU an array for each place of {@link Zigzag#PLACES}, whose
   *     elements are zero
   * @param first the element for the first MCU
   * @param step from an MCU's element to the next one's
   * @param n number of MCUs
   * @throws MalformedImage if the data ends early
   */
  void decode(BitReader reader, int[][][] to, int first, int step, int n) throws MalformedImage {
    int lane = first;
    for (int m = 0; m < n; m++, lane += step) {
      for (int b = 0; b < components.length; b++) {
        int component = components[b];
        reader.refill();
        before[component] += reader.value(reader.symbol(dc[component]));
        to[b][0][lane] = (short) before[component];
        decodeAc(reader, ac[component], to[b], lane);
      }
      reader.check();
    }
  }

  /** Decodes the coefficients of a block but the first. */
  private static void decodeAc(BitReader reader, HuffmanTable table, int[][] block, int lane) {
    byte[] data = reader.data;
    int[] entries = table.entries;
    long bits = reader.bits;
    int count = reader.count;
    int at = reader.at;
    int k = 0;
    while (k < Zigzag.BLOCK - 1) {
      bits |= BitReader.load(data, at) >>> count;
      at += 63 - count >> 3;
      count |= BitReader.REFILLED;
      int entry = entries[(int) (bits >>> Long.SIZE - HuffmanTable.LOOK)];
      if (entry >= 0) {
        k += HuffmanTable.step(entry);
        block[k][lane] = value(bits << HuffmanTable.length(entry), entry & 15);
        int used = HuffmanTable.used(entry);
        bits <<= used;
        count -= used & 63;
        if (k >= Zigzag.BLOCK - 1) {
          break;
        }
        entry = entries[(int) (bits >>> Long.SIZE - HuffmanTable.LOOK)];
      }
      if (entry == HuffmanTable.LONG_CODE) {
        bits |= BitReader.load(data, at) >>> count;
        at += 63 - count >> 3;
        count |= BitReader.REFILLED;
        entry = table.find(bits);
      }
      int used = HuffmanTable.used(entry);
      if (entry >= 0) {
        k += HuffmanTable.step(entry);
        block[k][lane] = value(bits << HuffmanTable.length(entry), entry & 15);
      }
      bits <<= used;
      count -= used & 63;
      if (entry < 0) {
        break;
      }
    }
    reader.bits = bits;
    reader.count = count;
    reader.at = at;
  }

  /** The signed value in the top {@code size} bits (T.81, F.2.2.1, EXTEND). */
  private static int value(long bits, int size) {
    int value = (int) (bits >>> 1 >>> 63 - size);
    int negative = (int) (~bits >> 63);
    return value + ((-1 << size) + 1 & negative);
  }
}
