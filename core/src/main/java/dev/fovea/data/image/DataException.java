package dev.fovea.data.image;

import dev.fovea.api.Api;
import org.jspecify.annotations.Nullable;

/**
 * Thrown when the user's data cannot be used. The message says what is wrong, what was expected,
 * and what to do.
 *
 * <pre>{@code
 * try {
 *   Image.black(0, 480);
 * } catch (DataException e) {
 *   System.err.println(e.getMessage());
 * }
 * }</pre>
 */
@Api(Api.Status.STABLE)
public final class DataException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An error without a cause. */
  public DataException(String message) {
    super(message);
  }

  /** An error caused by {@code cause}. */
  public DataException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
