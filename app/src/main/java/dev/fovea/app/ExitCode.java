package dev.fovea.app;

/** How a command ends; scripts rely on the numbers. */
final class ExitCode {
  /** Everything was done. */
  static final int DONE = 0;

  /** Something was tried and failed. */
  static final int FAILED = 1;

  /** The command line was wrong; nothing was tried. */
  static final int USAGE = 2;

  /** A signal or a closed pipe ended it; a training run has saved its state. */
  static final int INTERRUPTED = 130;

  private ExitCode() {}
}
