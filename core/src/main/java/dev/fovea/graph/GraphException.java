package dev.fovea.graph;

/** A network that cannot be built: the message names the node, what came and what was expected. */
public final class GraphException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An error with a message that answers what happened, what was expected, and what to do. */
  public GraphException(String message) {
    super(message);
  }
}
