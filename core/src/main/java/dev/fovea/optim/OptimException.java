package dev.fovea.optim;

import dev.fovea.api.Api;

/**
 * Reports an invalid optimizer setting, or gradients that cannot be used for a step.
 *
 * <pre>{@code
 * try {
 *   Training.on(images).learningRate(-1).run();
 * } catch (OptimException e) {
 *   System.err.println(e.getMessage());
 * }
 * }</pre>
 */
@Api(Api.Status.STABLE)
public final class OptimException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** Creates an error whose message says what happened, what was expected, and what to do. */
  public OptimException(String message) {
    super(message);
  }

  static void check(boolean holds, String expected, Object got) {
    if (!holds) {
      throw new OptimException("expected " + expected + ", got " + got + "; correct the setting");
    }
  }
}
