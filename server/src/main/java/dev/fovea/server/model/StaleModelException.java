package dev.fovea.server.model;

/**
 * The file of a model is not the one any more that it was read from; the message is for clients.
 */
public final class StaleModelException extends IllegalStateException {
  private static final long serialVersionUID = 1;

  StaleModelException(String message) {
    super(message);
  }
}
