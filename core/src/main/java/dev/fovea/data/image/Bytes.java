package dev.fovea.data.image;

import java.nio.charset.StandardCharsets;

/**
 * Reading numbers out of byte arrays; a place beyond the end throws {@link
 * IndexOutOfBoundsException}.
 */
public final class Bytes {
  private Bytes() {}

  public static int u8(byte[] b, int at) {
    return b[at] & 255;
  }

  public static int u16be(byte[] b, int at) {
    return u8(b, at) << 8 | u8(b, at + 1);
  }

  public static int u16le(byte[] b, int at) {
    return u8(b, at) | u8(b, at + 1) << 8;
  }

  public static int i32be(byte[] b, int at) {
    return u16be(b, at) << 16 | u16be(b, at + 2);
  }

  public static int i32le(byte[] b, int at) {
    return u16le(b, at) | u16le(b, at + 2) << 16;
  }

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

  public static String text(byte[] b, int at, int length) {
    return new String(b, at, length, StandardCharsets.ISO_8859_1);
  }
}
