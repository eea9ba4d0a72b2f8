package dev.fovea.app;

import java.util.concurrent.atomic.AtomicInteger;
import sun.misc.Signal;

/**
 * Ctrl-C and SIGTERM of a long command: the first asks it to stop at a safe point, the second ends
 * the process at once.
 */
final class Interrupts implements AutoCloseable {
  private static final String[] NAMES = {"INT", "TERM"};

  private final AtomicInteger count = new AtomicInteger();
  private final sun.misc.SignalHandler[] before = new sun.misc.SignalHandler[NAMES.length];

  /** From now on the first signal runs {@code stop}, on a thread of its own. */
  Interrupts(Runnable stop) {
    for (int i = 0; i < NAMES.length; i++) {
      before[i] =
          Signal.handle(
              new Signal(NAMES[i]),
              s -> {
                if (count.incrementAndGet() == 1) {
                  stop.run();
                } else {
                  Runtime.getRuntime().halt(ExitCode.INTERRUPTED);
                }
              });
    }
  }

  /** Whether a signal has come. */
  boolean came() {
    return count.get() > 0;
  }

  /** Gives the signals back. */
  @Override
  public void close() {
    for (int i = 0; i < NAMES.length; i++) {
      Signal.handle(new Signal(NAMES[i]), before[i]);
    }
  }
}
