package dev.fovea.server.http;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/** A secret that requests must bring. It is kept as a hash, and never shown. */
public final class Token {
  private static final String SCHEME = "Bearer ";

  private final byte[] hash;

  /** Of a text of at least one character. */
  public Token(String secret) {
    if (secret.isEmpty()) {
      throw new IllegalArgumentException("a token must not be empty");
    }
    this.hash = hash(secret);
  }

  /** Whether the value of a header {@code Authorization} brings it, in time that tells nothing. */
  boolean isIn(String authorization) {
    boolean scheme = authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length());
    String given = scheme ? authorization.substring(SCHEME.length()).strip() : "";
    return MessageDigest.isEqual(hash, hash(given)) && scheme;
  }

  private static byte[] hash(String text) {
    try {
      return MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  @Override
  public String toString() {
    return "Token[secret]";
  }
}
