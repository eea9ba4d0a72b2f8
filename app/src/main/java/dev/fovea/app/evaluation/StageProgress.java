package dev.fovea.app.evaluation;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.ProgressDisplay;
import dev.fovea.app.console.ProgressLine;
import dev.fovea.app.console.Terminal;
import java.time.Duration;
import java.util.List;

/** Shows how far each stage of a command has come. */
public final class StageProgress implements AutoCloseable {
  private static final Duration PLAIN = Duration.ofSeconds(10);

  private final ProgressDisplay display;
  private String stage = "";
  private long start;

  public StageProgress(Terminal terminal) {
    this.display = new ProgressDisplay(terminal, PLAIN);
  }

  /** Shows that {@code done} of {@code all} images have passed a stage. */
  public void on(String now, int done, int all) {
    if (!now.equals(stage)) {
      stage = now;
      start = System.nanoTime();
      display.restart();
    }
    display.show(
        () -> {
          double seconds = (System.nanoTime() - start) / 1e9;
          double fraction = Math.min(1, (double) done / all);
          return new ProgressLine(
              now + " " + Human.count(done) + "/" + Human.count(all),
              done + "/" + all,
              fraction,
              List.of(),
              Duration.ofMillis((long) (1000 * seconds * (1 - fraction) / fraction)));
        });
  }

  /** Erases the progress line. */
  @Override
  public void close() {
    display.erase();
  }
}
