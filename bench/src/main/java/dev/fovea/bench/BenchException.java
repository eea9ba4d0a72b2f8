package dev.fovea.bench;

/** A comparison that cannot be made, with what happened, what was expected and what to do. */
public final class BenchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A comparison that cannot be made for the given reason. */
  public BenchException(String message) {
    super(message);
  }

  /** A comparison that cannot be made because of a failure below. */
  public BenchException(String message, Throwable cause) {
    super(message, cause);
  }
}
