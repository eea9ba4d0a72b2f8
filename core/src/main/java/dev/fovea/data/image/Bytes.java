package dev.fovea.data.image;

import java.nio.charset.StandardCharsets;

/**
 * Reads integers and text from byte arrays; an offset beyond the end throws {@link
 * IndexOutOfBoundsException}.
 */
public final class Bytes {
  private Bytes() {}

  /** Unsigned 8-bit integer. */
  public static int u8(byte[] b, int at) {
    return b[at] & 255;
  }

  /** Unsigned 16-bit integer, big-endian. */
  public static int u16be(byte[] b, int at) {
    return u8(b, at) << 8 | u8(b, at + 1);
  }

  /** Unsigned 16-bit integer, little-endian. */
  public static int u16le(byte[] b, int at) {
    return u8(b, at) | u8(b, at + 1) << 8;
  }

  /** Signed 32-bit integer, big-endian. */
  public static int i32be(byte[] b, int at) {
    return u16be(b, at) << 16 | u16be(b, at + 2);
  }

  /** Signed 32-bit integer, little-endian. */
  public static int i32le(byte[] b, int at) {
    return u16le(b, at) | u16le(b, at + 2) << 16;
  }

  /** Whether the ASCII string {@code text} starts at {@code at}; {@code false} beyond the end. */
  public static boolean ascii(byte[] b, int at, String text) {
    if (at < 0 || at + text.length() > b.length) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (b[at + i] != (byte) text.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  /** {@code length} bytes as ISO-8859-1 text. */
  public static String text(byte[] b, int at, int length) {
    return new String(b, at, length, StandardCharsets.ISO_8859_1);
  }
}
