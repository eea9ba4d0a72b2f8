package dev.fovea.models;

/** A model name or option that does not exist: names it and the nearest ones that do. */
public final class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An error with a message that answers what happened, what was expected, and what to do. */
  public ModelException(String message) {
    super(message);
  }
}
