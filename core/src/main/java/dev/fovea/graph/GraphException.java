package dev.fovea.graph;

import dev.fovea.api.Api;

/**
 * Thrown when a network cannot be built; the message names the node, what it got and what was
 * expected.
 */
@Api(Api.Status.STABLE)
public final class GraphException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception whose message says what happened, what was expected, and what to do. */
  public GraphException(String message) {
    super(message);
  }
}
