package dev.fovea.app.console;

/** A usage error that picocli cannot detect: ends the command with exit code 2. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UsageException(String message) {
    super(message);
  }
}
