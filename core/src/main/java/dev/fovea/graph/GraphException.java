package dev.fovea.graph;

import dev.fovea.api.Api;

/**
 * Thrown when a network cannot be built; the message names the node, what it got and what was
 * expected.
 *
 * <pre>{@code
 * try {
 *   new GraphBuilder("empty").build();
 * } catch (GraphException e) {
 *   System.err.println(e.getMessage());
 * }
 * }</pre>
 */
@Api(Api.Status.STABLE)
public final class GraphException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception whose message says what happened, what was expected, and what to do. */
  public GraphException(String message) {
    super(message);
  }
}
