package dev.fovea.collective;

/** Ranks cannot compute together, or no longer; the message names the rank at fault and why. */
public final class CollectiveException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** Creates an exception without a cause. */
  public CollectiveException(String message) {
    super(message);
  }

  /** Creates an exception. */
  public CollectiveException(String message, Throwable cause) {
    super(message, cause);
  }
}
