package dev.fovea.pack;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Headers of tar members that say nothing of who wrote them and when: owner 0, no names, time 0.
 * Source: POSIX.1-1988, ustar.
 */
final class TarHeader {
  /** Headers are this long, and contents are padded to a multiple of it. */
  static final int BLOCK = 512;

  private static final int CHECKSUM = 148;

  private TarHeader() {}

  /** The bytes that a member of {@code size} bytes takes, its header included. */
  static long space(int size) {
    return BLOCK + ((long) size + BLOCK - 1) / BLOCK * BLOCK;
  }

  /** The header of a regular file with a name of at most 99 characters in ASCII. */
  static byte[] of(String name, int size) {
    byte[] header = new byte[BLOCK];
    put(header, 0, name);
    put(header, 100, "0000644");
    put(header, 108, "0000000");
    put(header, 116, "0000000");
    put(header, 124, octal(size));
    put(header, 136, octal(0));
    Arrays.fill(header, CHECKSUM, CHECKSUM + 8, (byte) ' ');
    put(header, 156, "0");
    put(header, 257, "ustar");
    put(header, 263, "00");
    int sum = 0;
    for (byte b : header) {
      sum += b & 255;
    }
    put(header, CHECKSUM, octal(sum).substring(5));
    header[CHECKSUM + 6] = 0;
    return header;
  }

  private static String octal(int number) {
    String digits = Integer.toOctalString(number);
    return "0".repeat(11 - digits.length()) + digits;
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }
}
