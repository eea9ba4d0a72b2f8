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
   * @param coefficients hold the block, row by row, from {@code at} on
   * @param before the DC coefficient of the component's previous block
   */
  void block(int[] coefficients, int at, int before, HuffmanTable dc, HuffmanTable ac) {
    makeRoom();
    int difference = coefficients[at] - before;
    int size = size(difference);
    put(
        dc.code(size) << size | low(difference, size),
        dc.length(size) + size);
    int run = 0;
    for (int k = 1; k < JpegTables.BLOCK; k++) {
      int v = coefficients[at + JpegTables.ZIGZAG[k]];
      if (v == 0) {
        run++;
        continue;
      }
      for (; run > 15; run -= 16) {
        put(ac.code(ZERO_RUN), ac.length(ZERO_RUN));
      }
      int bitsOfV = size(v);
      int symbol = run << 4 | bitsOfV;
      put(ac.code(symbol) << bitsOfV | low(v, bitsOfV), ac.length(symbol) + bitsOfV);
      run = 0;
    }
    if (run > 0) {
      put(ac.code(0), ac.length(0));
    }
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
      drain((int) (bits >>> count));
    }
  }

  private void drain(int word) {
    // Not zero if one of the four bytes is 0xff.
    if (((~word - 0x01010101) & word & 0x80808080) == 0) {
      INT.set(out, length, word);
      length += 4;
      return;
    }
    for (int shift = 24; shift >= 0; shift -= 8) {
      append((byte) (word >> shift));
    }
  }

  private void append(byte b) {
    out[length++] = b;
    if (b == (byte) 0xff) {
      out[length++] = 0;
    }
  }

  /** Fills the last byte with ones and appends the end of the image; returns the whole file. */
  byte[] finish() {
    int padding = -count & 7;
    put((1 << padding) - 1, padding);
    while (count > 0) {
      count -= 8;
      append((byte) (bits >>> count));
    }
    byte[] file = Arrays.copyOf(out, length + 2);
    file[length] = (byte) 0xff;
    file[length + 1] = (byte) 0xd9;
    return file;
  }
}
