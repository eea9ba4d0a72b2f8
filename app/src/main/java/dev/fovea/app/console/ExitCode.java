package dev.fovea.app.console;

/** How a command ends; scripts rely on the numbers. */
public final class ExitCode {
  /** Everything was done. */
  public static final int DONE = 0;

  /** Something was tried and failed. */
  public static final int FAILED = 1;

  /** The command line was wrong; nothing was tried. */
  static final int USAGE = 2;

  /** Ctrl-C or a closed pipe ended it; a training run has saved its state. */
  public static final int INTERRUPTED = 130;

  /** SIGTERM ended a command that has no state to save. */
  static final int TERMINATED = 143;

  private ExitCode() {}
}
