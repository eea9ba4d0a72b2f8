package dev.fovea.checkpoint;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * SHA-256 over a whole safetensors file, with the checksum's own digits in the header read as
 * zeros.
 */
final class Checksum {
  static final String KEY = "fovea.sha256";
  static final String BLANK = "0".repeat(64);

  private Checksum() {}

  static MessageDigest digest() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  static String text(MessageDigest digest) {
    return HexFormat.of().formatHex(digest.digest());
  }

  static String of(byte[] header, String stated, FileChannel channel, long dataStart)
      throws IOException {
    MessageDigest digest = digest();
    digest.update(withChecksum(header, stated, BLANK));
    ByteBuffer block = ByteBuffer.allocate(1 << 18);
    long at = dataStart;
    while (channel.read(block, at) > 0) {
      at += block.position();
      digest.update(block.flip());
      block.clear();
    }
    return text(digest);
  }

  /** The header with the checksum {@code old} replaced by {@code replacement}. */
  static byte[] withChecksum(byte[] header, String old, String replacement) {
    byte[] from = ("\"" + KEY + "\":\"" + old + "\"").getBytes(StandardCharsets.UTF_8);
    byte[] to = ("\"" + KEY + "\":\"" + replacement + "\"").getBytes(StandardCharsets.UTF_8);
    for (int i = 0; from.length == to.length && i + from.length <= header.length; i++) {
      if (Arrays.equals(header, i, i + from.length, from, 0, from.length)) {
        byte[] replaced = header.clone();
        System.arraycopy(to, 0, replaced, i, to.length);
        return replaced;
      }
    }
    return header;
  }
}
