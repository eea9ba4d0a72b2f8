package dev.fovea.onednn.binding;

/** Thrown when a native call fails; the message names the call, oneDNN's status and the purpose. */
public final class NativeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NativeException(String message) {
    super(message);
  }

  NativeException(String message, Throwable cause) {
    super(message, cause);
  }
}
