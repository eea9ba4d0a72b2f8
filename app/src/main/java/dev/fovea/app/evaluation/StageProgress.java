package dev.fovea.app.evaluation;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.ProgressLine;
import dev.fovea.app.console.Terminal;
import java.time.Duration;
import java.util.List;

/** Shows how far each stage of a command has come. */
public final class StageProgress implements AutoCloseable {
  private static final long SCREEN_NANOS = 200_000_000L;
  private static final long PLAIN_NANOS = 10_000_000_000L;

  private final Terminal terminal;
  private String stage = "";
  private long start;
  private long lastShown;
  private boolean drawn;

  public StageProgress(Terminal terminal) {
    this.terminal = terminal;
  }

  /** Shows that {@code done} of {@code all} images have passed a stage. */
  public void on(String now, int done, int all) {
    long nanos = System.nanoTime();
    if (!now.equals(stage)) {
      stage = now;
      start = nanos;
      lastShown = nanos;
    }
    if (nanos - lastShown < (terminal.isScreen() ? SCREEN_NANOS : PLAIN_NANOS)) {
      return;
    }
    lastShown = nanos;
    double seconds = (nanos - start) / 1e9;
    double fraction = Math.min(1, (double) done / all);
    ProgressLine line =
        new ProgressLine(
            now + " " + Human.count(done) + "/" + Human.count(all),
            done + "/" + all,
            fraction,
            List.of(),
            Duration.ofMillis((long) (1000 * seconds * (1 - fraction) / fraction)));
    if (terminal.isScreen()) {
      terminal.draw("\r" + line.fit(terminal.columns(), terminal.unicode()) + "\u001b[K");
      drawn = true;
    } else {
      terminal.note(line.plain());
    }
  }

  /** Erases the progress line. */
  @Override
  public void close() {
    if (drawn) {
      terminal.draw("\r\u001b[K");
      drawn = false;
    }
  }
}
