package dev.fovea.interop;

import dev.fovea.api.Api;
import java.nio.file.Path;

/**
 * Thrown when a foreign file cannot be read or trusted; the message names the file, the fault and
 * the remedy.
 *
 * <pre>{@code
 * try {
 *   ModelImport.weights(Path.of("w.pth"), "resnet50").write(Path.of("m.safetensors"));
 * } catch (InteropException e) {
 *   System.err.println(e.getMessage());
 * }
 * }</pre>
 */
@Api(Api.Status.STABLE)
public sealed class InteropException extends RuntimeException
    permits EntryException, MismatchException {
  private static final long serialVersionUID = 1L;

  private static final int SHOWN = 120;

  /** Takes a message that says what happened, what was expected, and what to do. */
  public InteropException(String message) {
    super(message);
  }

  /** Takes such a message and the cause. */
  public InteropException(String message, Throwable cause) {
    super(message, cause);
  }

  static InteropException of(Path file, String reason) {
    return new InteropException(file + ": " + reason);
  }

  static InteropException of(Path file, String reason, Throwable cause) {
    return new InteropException(file + ": " + reason, cause);
  }

  /**
   * Makes text from a file safe to print in a message: truncates it and replaces control
   * characters.
   */
  static String printable(String text) {
    String part = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
    return part.replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Co}\\p{Cs}\\u2028\\u2029]", "?");
  }
}
