package dev.fovea.models;

import dev.fovea.api.Api;

/**
 * Thrown when a model name or option is wrong; the message names it and the nearest ones that
 * exist.
 *
 * <pre>{@code
 * try {
 *   Training.on(images).network("resnet51").run();
 * } catch (ModelException e) {
 *   System.err.println(e.getMessage());
 * }
 * }</pre>
 */
@Api(Api.Status.STABLE)
public final class ModelException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an exception whose message says what happened, what was expected, and what to do. */
  public ModelException(String message) {
    super(message);
  }
}
