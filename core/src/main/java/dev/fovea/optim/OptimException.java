package dev.fovea.optim;

/** Reports an invalid optimizer setting, or gradients that cannot be used for a step. */
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
