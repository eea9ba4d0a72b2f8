package dev.fovea.app.command;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.ProgressLine;
import dev.fovea.app.console.SettingsAsFlags;
import dev.fovea.app.console.Terminal;
import dev.fovea.data.source.BadImage;
import dev.fovea.pack.Packer;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/** Shows the progress of a packing and names the images that are left out. */
final class PackProgress implements Packer.Listener {
  private static final long SCREEN_NANOS = 200_000_000L;
  private static final long PLAIN_NANOS = 10_000_000_000L;

  private final Terminal terminal;
  private final Set<String> flags;
  private final AtomicBoolean stopped;
  private final long start = System.nanoTime();
  private long lastShown = start;
  private boolean drawn;
  private int found;
  private int seen;

  PackProgress(Terminal terminal, Set<String> flags, AtomicBoolean stopped) {
    this.terminal = terminal;
    this.flags = flags;
    this.stopped = stopped;
  }

  @Override
  public void packed(int pictures, int total) {
    seen = pictures;
    long now = System.nanoTime();
    if (now - lastShown < (terminal.isScreen() ? SCREEN_NANOS : PLAIN_NANOS)) {
      return;
    }
    lastShown = now;
    double rate = Math.max(1, pictures - found) / seconds();
    ProgressLine line =
        new ProgressLine(
            "packing " + Human.count(pictures) + "/" + Human.count(total),
            pictures + "/" + total,
            (double) pictures / total,
            List.of(Human.digits(rate) + " img/s"),
            Duration.ofMillis((long) (1000 * (total - pictures) / rate)));
    if (terminal.isScreen()) {
      terminal.draw("\r" + line.fit(terminal.columns(), terminal.unicode()) + "\u001b[K");
      drawn = true;
    } else {
      terminal.note(line.plain());
    }
  }

  @Override
  public void skipped(int pictures) {
    found += pictures;
  }

  @Override
  public void unreadable(BadImage bad) {
    erase();
    terminal.note("left out: " + Human.visible(SettingsAsFlags.translate(bad.reason(), flags)));
  }

  @Override
  public boolean stops() {
    return stopped.get() || terminal.results().readerIsGone();
  }

  /** Erases the progress line. */
  void erase() {
    if (drawn) {
      terminal.draw("\r\u001b[K");
      drawn = false;
    }
  }

  /** Images packed now or before. */
  int seen() {
    return seen;
  }

  /** Images that were found packed. */
  int found() {
    return found;
  }

  double seconds() {
    return (System.nanoTime() - start) / 1e9;
  }
}
