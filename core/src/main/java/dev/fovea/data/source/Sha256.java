package dev.fovea.data.source;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A SHA-256 over parts, each with its length, so that no two lists of parts run into each other.
 */
public final class Sha256 {
  private final MessageDigest digest;
  private final ByteBuffer eight = ByteBuffer.allocate(8);

  public Sha256() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  public Sha256 add(long value) {
    digest.update(eight.putLong(0, value).array());
    return this;
  }

  public Sha256 add(byte[] part) {
    add(part.length);
    digest.update(part);
    return this;
  }

  public String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
