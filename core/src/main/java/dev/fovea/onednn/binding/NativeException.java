package dev.fovea.onednn.binding;

import dev.fovea.api.Api;

/**
 * Thrown when a native call fails; the message names the call, oneDNN's status and the purpose.
 *
 * <pre>{@code
 * try {
 *   Classifier.open(Path.of("model.safetensors")).close();
 * } catch (NativeException e) {
 *   System.err.println(e.getMessage());
 * }
 * }</pre>
 */
@Api(Api.Status.STABLE)
public final class NativeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NativeException(String message) {
    super(message);
  }

  NativeException(String message, Throwable cause) {
    super(message, cause);
  }
}
