package dev.fovea.onnx;

import dev.fovea.api.Api;
import java.nio.file.Path;

/**
 * Thrown when an ONNX file cannot be read, trusted, or turned into a network; the message names the
 * file, the fault and the remedy.
 *
 * <pre>{@code
 * try {
 *   ModelImport.onnx(Path.of("net.onnx")).write(Path.of("m.safetensors"));
 * } catch (OnnxException e) {
 *   System.err.println(e.getMessage());
 * }
 * }</pre>
 */
@Api(Api.Status.STABLE)
public final class OnnxException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private static final int SHOWN = 120;

  /** Takes a message that says what happened, what was expected, and what to do. */
  public OnnxException(String message) {
    super(message);
  }

  /** Takes such a message and the cause. */
  public OnnxException(String message, Throwable cause) {
    super(message, cause);
  }

  /** The message {@code reason} about a file. */
  public static OnnxException of(Path file, String reason) {
    return new OnnxException(file + ": " + reason);
  }

  /**
   * Makes text from a file safe to print in a message: truncates it and replaces control
   * characters.
   */
  public static String printable(String text) {
    String part = text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "...";
    return part.replaceAll("[\\p{Cntrl}\\p{Cf}\\p{Co}\\p{Cs}\\u2028\\u2029]", "?");
  }
}
