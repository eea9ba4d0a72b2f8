package dev.fovea.graph;

/**
 * Thrown when a network cannot be built; the message names the node, what it got and what was
 * expected.
 */
public final class GraphException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception whose message says what happened, what was expected, and what to do. */
  public GraphException(String message) {
    super(message);
  }
}
