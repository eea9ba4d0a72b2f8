package dev.fovea.onednn.binding;

/** A native call that failed: which call, oneDNN's status, and what it was about. */
public final class NativeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  NativeException(String message) {
    super(message);
  }

  NativeException(String message, Throwable cause) {
    super(message, cause);
  }
}
