package dev.fovea.collective.ring;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.InvalidKeyException;
import java.security.NoSuchAlgorithmException;
import java.util.EnumSet;
import java.util.Set;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * The secret that the ranks of a run share; who holds it may join.
 *
 * <p>It comes from a file or from the environment, never from arguments, which all users of a
 * machine can read. Its text form tells nothing.
 */
public final class RingSecret {
  private static final int LEAST_CHARACTERS = 32;
  private static final int MOST_CHARACTERS = 4096;
  private static final String ALGORITHM = "HmacSHA256";
  private static final Set<PosixFilePermission> OPEN =
      EnumSet.of(
          PosixFilePermission.GROUP_READ,
          PosixFilePermission.GROUP_WRITE,
          PosixFilePermission.OTHERS_READ,
          PosixFilePermission.OTHERS_WRITE);

  private final SecretKeySpec key;

  private RingSecret(String text) {
    this.key = new SecretKeySpec(text.getBytes(StandardCharsets.US_ASCII), ALGORITHM);
  }

  /**
   * Takes a secret that the caller has read, from an environment variable for instance.
   *
   * @param text at least 32 printable ASCII characters without spaces
   * @param origin where it comes from, for messages
   * @throws IllegalArgumentException if it is too short or has other characters
   */
  public static RingSecret of(String text, String origin) {
    if (text.length() < LEAST_CHARACTERS
        || text.length() > MOST_CHARACTERS
        || !text.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new IllegalArgumentException(
          origin
              + ": the secret of a ring has "
              + LEAST_CHARACTERS
              + " to "
              + MOST_CHARACTERS
              + " letters, digits or signs without spaces, this one is of "
              + text.length()
              + " characters; make one with 'openssl rand -hex 32'");
    }
    return new RingSecret(text);
  }

  /**
   * Reads a secret from the first line of a file that only its owner can read.
   *
   * @throws IllegalArgumentException if others can read or write the file, or the secret is short
   * @throws UncheckedIOException if the file cannot be read
   */
  public static RingSecret read(Path file) {
    try {
      refuseIfOpen(file);
      if (Files.size(file) > MOST_CHARACTERS + 2) {
        throw new IllegalArgumentException(
            file + ": larger than a secret is; expected a file with one line");
      }
      String text = Files.readString(file, StandardCharsets.ISO_8859_1);
      return of(text.lines().findFirst().orElse("").strip(), file.toString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public String toString() {
    return "a secret";
  }

  /** The HMAC-SHA-256 of the parts, one after the other. */
  byte[] sign(byte[]... parts) {
    try {
      Mac mac = Mac.getInstance(ALGORITHM);
      mac.init(key);
      for (byte[] part : parts) {
        mac.update(part);
      }
      return mac.doFinal();
    } catch (NoSuchAlgorithmException | InvalidKeyException e) {
      throw new IllegalStateException("this Java runtime has no HMAC-SHA-256; use another", e);
    }
  }

  private static void refuseIfOpen(Path file) throws IOException {
    Set<PosixFilePermission> permissions;
    try {
      permissions = Files.getPosixFilePermissions(file);
    } catch (UnsupportedOperationException e) {
      // A file system without such permissions cannot say who reads the file.
      return;
    }
    if (permissions.stream().anyMatch(OPEN::contains)) {
      throw new IllegalArgumentException(
          file
              + " is "
              + PosixFilePermissions.toString(permissions)
              + ": other users of this machine can get at the secret of the ring; expected a file"
              + " of its owner alone, 'chmod 600 "
              + file
              + "', and a new secret");
    }
  }
}
