package dev.fovea.app;

/** Nobody reads the results any longer, as after {@code | head}: the command ends quietly. */
final class ReaderGone extends RuntimeException {
  private static final long serialVersionUID = 1L;

  ReaderGone() {
    super("the reader of the results is gone", null, false, false);
  }
}
