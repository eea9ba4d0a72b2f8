package dev.fovea.program;

import dev.fovea.api.Api;

/**
 * Thrown when a graph cannot be compiled or run; the message names the node, what was expected, and
 * what to do.
 *
 * <pre>{@code
 * try {
 *   Classifier.open(Path.of("model.safetensors")).close();
 * } catch (ProgramException e) {
 *   System.err.println(e.getMessage());
 * }
 * }</pre>
 */
@Api(Api.Status.STABLE)
public final class ProgramException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception whose message says what happened, what was expected, and what to do. */
  public ProgramException(String message) {
    super(message);
  }

  /** Creates an exception with the engine's own error as its cause. */
  public ProgramException(String message, Throwable cause) {
    super(message, cause);
  }
}
