package dev.fovea.program;

/** A graph that cannot be compiled or run: names the node, what was expected, and what to do. */
public final class ProgramException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An error with a message that answers what happened, what was expected, and what to do. */
  public ProgramException(String message) {
    super(message);
  }

  /** The same, with the cause that the engine gave. */
  public ProgramException(String message, Throwable cause) {
    super(message, cause);
  }
}
