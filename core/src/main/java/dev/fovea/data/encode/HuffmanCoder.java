package dev.fovea.data.encode;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Writes quantized blocks as the entropy-coded data of a scan, into an array that grows. Source:
 * ITU-T T.81, annex F.1.2; a byte 0xff of data is followed by a zero.
 */
final class HuffmanCoder {
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  /** More bytes than a block can take: 64 codes of at most 27 bits, every byte stuffed. */
  private static final int MOST_OF_A_BLOCK = 512;

  private static final int ZERO_RUN = 0xf0;

  private byte[] out;
  private int length;
  private long bits;
  private int count;

  /** A coder that appends to a start of a file. */
  HuffmanCoder(byte[] start, int expected) {
    out = Arrays.copyOf(start, Math.max(expected, start.length + MOST_OF_A_BLOCK));
    length = start.length;
  }

  /**
   * Appends a block.
   *
   * @param coefficients of all blocks, one array for each zigzag place
   * @param lane the place of the block in these arrays
   * @param found has bit k - 1 set where the coefficient of zigzag place k is not zero
   * @param before the DC coefficient of the component's previous block
   */
  void block(
      int[][] coefficients, int lane, long found, int before, HuffmanTable dc, HuffmanTable ac) {
    makeRoom();
    int difference = coefficients[0][lane] - before;
    int size = size(difference);
    put(dc.code(size) << size | low(difference, size), dc.length(size) + size);
    nonzero(coefficients, lane, found, ac);
    // Bit 62 is that of the last coefficient, after which no end is written.
    if (found >>> JpegTables.BLOCK - 2 == 0) {
      put(ac.code(0), ac.length(0));
    }
  }

  /** Appends the coefficients that are not zero, after the DC coefficient. */
  private void nonzero(int[][] coefficients, int lane, long found, HuffmanTable ac) {
    // Local copies stay in registers.
    byte[] to = out;
    int end = length;
    long waiting = bits;
    int n = count;
    int k = 0;
    for (long left = found; left != 0; ) {
      int run = Long.numberOfTrailingZeros(left);
      left = left >>> run >>> 1;
      k += run + 1;
      int v = coefficients[k][lane];
      int size = size(v);
      int entry = ac.entry((run & 15) << 4 | size);
      for (; run > 15; run -= 16) {
        waiting = waiting << ac.length(ZERO_RUN) | ac.code(ZERO_RUN);
        n += ac.length(ZERO_RUN);
        if (n >= 32) {
          n -= 32;
          end = drain(to, end, (int) (waiting >>> n));
        }
      }
      waiting = waiting << (entry & 255) | (long) (entry >>> 8) << size | low(v, size);
      n += entry & 255;
      if (n >= 32) {
        n -= 32;
        end = drain(to, end, (int) (waiting >>> n));
      }
    }
    length = end;
    bits = waiting;
    count = n;
  }

  /** Appends a block that equals the one before it in DC and has no other coefficient. */
  void empty(HuffmanTable dc, HuffmanTable ac) {
    makeRoom();
    put(dc.code(0), dc.length(0));
    put(ac.code(0), ac.length(0));
  }

  private void makeRoom() {
    if (out.length - length < MOST_OF_A_BLOCK) {
      out = Arrays.copyOf(out, out.length + out.length / 2 + MOST_OF_A_BLOCK);
    }
  }

  /** The number of bits of a magnitude. */
  private static int size(int v) {
    int sign = v >> 31;
    return 32 - Integer.numberOfLeadingZeros((v ^ sign) - sign);
  }

  /** The low bits of a positive number, or of a negative one less one. */
  private static int low(int v, int size) {
    return v + (v >> 31) & (1 << size) - 1;
  }

  private void put(int code, int n) {
    bits = bits << n | code;
    count += n;
    if (count >= 32) {
      count -= 32;
      length = drain(out, length, (int) (bits >>> count));
    }
  }

  /** Stores four bytes; returns where the next one goes. */
  private static int drain(byte[] to, int at, int word) {
    // Not zero if one of the four bytes is 0xff.
    if (((~word - 0x01010101) & word & 0x80808080) == 0) {
      INT.set(to, at, word);
      return at + 4;
    }
    int end = at;
    for (int shift = 24; shift >= 0; shift -= 8) {
      end = append(to, end, (byte) (word >> shift));
    }
    return end;
  }

  private static int append(byte[] to, int at, byte b) {
    to[at] = b;
    if (b != (byte) 0xff) {
      return at + 1;
    }
    to[at + 1] = 0;
    return at + 2;
  }

  /** Fills the last byte with ones and appends the end of the image; returns the whole file. */
  byte[] finish() {
    int padding = -count & 7;
    put((1 << padding) - 1, padding);
    while (count > 0) {
      count -= 8;
      length = append(out, length, (byte) (bits >>> count));
    }
    byte[] file = Arrays.copyOf(out, length + 2);
    file[length] = (byte) 0xff;
    file[length + 1] = (byte) 0xd9;
    return file;
  }
}
