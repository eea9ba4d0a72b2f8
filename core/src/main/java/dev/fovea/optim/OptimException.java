package dev.fovea.optim;

/** A setting that cannot be, or gradients that no step can be made with. */
public final class OptimException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** An error with a message that answers what happened, what was expected, and what to do. */
  public OptimException(String message) {
    super(message);
  }

  static void check(boolean holds, String expected, Object got) {
    if (!holds) {
      throw new OptimException(
          "expected " + expected + ", got " + got + "; correct the recipe or the flag");
    }
  }
}
