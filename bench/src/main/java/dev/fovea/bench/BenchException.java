package dev.fovea.bench;

/**
 * Thrown when a benchmark cannot run; the message says what happened, what was expected and what to
 * do.
 */
public final class BenchException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Takes the reason. */
  public BenchException(String message) {
    super(message);
  }

  /** Takes the reason and its cause. */
  public BenchException(String message, Throwable cause) {
    super(message, cause);
  }
}
