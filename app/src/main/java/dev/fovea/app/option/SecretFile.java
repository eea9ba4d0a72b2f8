package dev.fovea.app.option;

import dev.fovea.app.console.CommandException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;
import java.util.function.Consumer;

/** Reads a secret from a file, since an argument is shown to all users of the machine. */
public final class SecretFile {
  private static final int MOST = 4096;
  private static final int LEAST_TOKEN = 16;

  private SecretFile() {}

  /**
   * A token: one line of at least 16 characters without spaces.
   *
   * @param warn told if other users of the machine can read the file
   */
  public static String token(Path file, Consumer<String> warn) {
    String token = line(file, warn);
    if (token.length() < LEAST_TOKEN || !token.chars().allMatch(c -> c > ' ' && c < 0x7f)) {
      throw new CommandException(
          file
              + ": a token is one line of at least "
              + LEAST_TOKEN
              + " letters, digits or signs without spaces; make one with 'openssl rand -hex 32'");
    }
    return token;
  }

  /**
   * The first line of a file.
   *
   * @param warn told if other users of the machine can read the file
   */
  public static String line(Path file, Consumer<String> warn) {
    try {
      if (Files.isRegularFile(file) && Files.size(file) > MOST) {
        throw new CommandException(file + ": larger than a secret is; name a file with one line");
      }
      String text = Files.readString(file);
      warnIfOpen(file, warn);
      return text.lines().findFirst().orElse("").strip();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void warnIfOpen(Path file, Consumer<String> warn) throws IOException {
    try {
      Set<PosixFilePermission> all = Files.getPosixFilePermissions(file);
      if (all.contains(PosixFilePermission.OTHERS_READ)
          || all.contains(PosixFilePermission.GROUP_READ)) {
        warn.accept(
            "warning: "
                + file
                + " is "
                + PosixFilePermissions.toString(all)
                + ": other users of this machine can read the secret; 'chmod 600 "
                + file
                + "' keeps it");
      }
    } catch (UnsupportedOperationException e) {
      // A file system without such permissions has nothing to warn of.
      return;
    }
  }
}
