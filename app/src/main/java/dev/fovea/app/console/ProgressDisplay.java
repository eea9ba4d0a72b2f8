package dev.fovea.app.console;

import java.time.Duration;
import java.util.function.Supplier;

/**
 * Shows how far a command is: on a screen a line that is drawn over, elsewhere lines now and then.
 */
public final class ProgressDisplay {
  private static final Duration SCREEN = Duration.ofMillis(200);

  private final Terminal terminal;
  private final long between;
  private long last = System.nanoTime();
  private boolean drawn;

  /**
   * Shows nothing yet.
   *
   * @param plain the time between lines where there is no screen
   */
  public ProgressDisplay(Terminal terminal, Duration plain) {
    this.terminal = terminal;
    this.between = (terminal.isScreen() ? SCREEN : plain).toNanos();
  }

  /** Shows a line, which is asked for only if the last one has been there long enough. */
  public void show(Supplier<ProgressLine> now) {
    long nanos = System.nanoTime();
    if (nanos - last < between) {
      return;
    }
    last = nanos;
    ProgressLine line = now.get();
    if (terminal.isScreen()) {
      terminal.draw("\r" + line.fit(terminal.columns(), terminal.unicode()) + "\u001b[K");
      drawn = true;
    } else {
      terminal.note(line.plain());
    }
  }

  /** Waits as after a line before the next one, because something else begins. */
  public void restart() {
    last = System.nanoTime();
  }

  /** Erases the line on the screen. */
  public void erase() {
    if (drawn) {
      terminal.draw("\r\u001b[K");
      drawn = false;
    }
  }
}
