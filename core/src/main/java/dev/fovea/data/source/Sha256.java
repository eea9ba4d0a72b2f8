package dev.fovea.data.source;

import java.nio.ByteBuffer;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * A SHA-256 hash over length-prefixed parts, so that different lists of parts never hash the same
 * bytes.
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

  /** Adds a number. */
  public Sha256 add(long value) {
    digest.update(eight.putLong(0, value).array());
    return this;
  }

  /** Adds a part, prefixed with its length. */
  public Sha256 add(byte[] part) {
    add(part.length);
    digest.update(part);
    return this;
  }

  /** The hash in hexadecimal; ends the computation. */
  public String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
