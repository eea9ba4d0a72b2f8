package dev.fovea.collective.ring;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/**
 * What ranks must have in common before one byte of data passes between them.
 *
 * <p>The secret is proven, never sent. The agreement is a hash of whatever must be equal on all
 * ranks: the configuration, the data set, the version of the program, the attempt.
 *
 * @param secret the key that all ranks of a run hold, and nobody else
 * @param agreement 32 bytes
 */
public record RingTrust(RingSecret secret, byte[] agreement) {
  static final int HASH_BYTES = 32;

  /** Copies the hash. */
  public RingTrust {
    if (agreement.length != HASH_BYTES) {
      throw new IllegalArgumentException(
          "the agreement of a ring has "
              + agreement.length
              + " bytes; expected the 32 of a SHA-256");
    }
    agreement = agreement.clone();
  }

  /** Agrees on a text: every rank gives the same. */
  public static RingTrust of(RingSecret secret, String text) {
    try {
      return new RingTrust(
          secret,
          MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("this Java runtime has no SHA-256; use another", e);
    }
  }

  @Override
  public byte[] agreement() {
    return agreement.clone();
  }
}
