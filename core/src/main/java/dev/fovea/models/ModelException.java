package dev.fovea.models;

/**
 * Thrown when a model name or option is wrong; the message names it and the nearest ones that
 * exist.
 */
public final class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception whose message says what happened, what was expected, and what to do. */
  public ModelException(String message) {
    super(message);
  }
}
