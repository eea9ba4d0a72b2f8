package dev.fovea.app.console;

/** A wrong command line that picocli could not find: ends with exit code 2. */
public final class UsageException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public UsageException(String message) {
    super(message);
  }
}
