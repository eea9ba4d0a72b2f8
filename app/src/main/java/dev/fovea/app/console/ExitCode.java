package dev.fovea.app.console;

/** Exit codes of the commands; scripts rely on them. */
public final class ExitCode {
  /** Success. */
  public static final int DONE = 0;

  /** The command failed. */
  public static final int FAILED = 1;

  /** The command line was wrong; nothing was done. */
  static final int USAGE = 2;

  /** Ended by Ctrl-C or a closed pipe; a training run has saved its state. */
  public static final int INTERRUPTED = 130;

  /** Ended by SIGTERM, for commands without state to save. */
  static final int TERMINATED = 143;

  private ExitCode() {}
}
