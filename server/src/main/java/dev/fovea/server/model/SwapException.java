package dev.fovea.server.model;

/** A model was not replaced; the message says why, and that the old one goes on answering. */
public final class SwapException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  SwapException(String message, Throwable cause) {
    super(message, cause);
  }
}
