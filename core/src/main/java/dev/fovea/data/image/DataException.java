package dev.fovea.data.image;

import org.jspecify.annotations.Nullable;

/**
 * Something is wrong with the data that a user named: the message says what, what was expected, and
 * what to do.
 */
public final class DataException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** A complaint without a deeper cause. */
  public DataException(String message) {
    super(message);
  }

  /** A complaint that {@code cause} explains further. */
  public DataException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
