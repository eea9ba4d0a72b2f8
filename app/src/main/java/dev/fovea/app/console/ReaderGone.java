package dev.fovea.app.console;

/** Nobody reads the results any longer, as after {@code | head}: the command ends quietly. */
public final class ReaderGone extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ReaderGone() {
    super("the reader of the results is gone", null, false, false);
  }
}
