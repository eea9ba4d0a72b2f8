package dev.fovea.app.console;

/**
 * Thrown when the reader of standard output has closed the pipe, as {@code | head} does: the
 * command ends quietly.
 */
public final class ReaderGone extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ReaderGone() {
    super("the reader of the results is gone", null, false, false);
  }
}
