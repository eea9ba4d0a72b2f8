package dev.fovea.app.command;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.ProgressLine;
import dev.fovea.app.console.SettingsAsFlags;
import dev.fovea.app.console.Terminal;
import dev.fovea.data.source.BadImage;
import dev.fovea.pack.PackRecord;
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
  private long lastHeard = start;
  private long checkingNanos;
  private boolean drawn;
  private int foundImages;
  private int checked;
  private int seen;
  private int total;

  PackProgress(Terminal terminal, Set<String> flags, AtomicBoolean stopped) {
    this.terminal = terminal;
    this.flags = flags;
    this.stopped = stopped;
  }

  @Override
  public void packed(int pictures, int all) {
    seen = pictures;
    total = all;
    long now = System.nanoTime();
    lastHeard = now;
    if (now - lastShown < (terminal.isScreen() ? SCREEN_NANOS : PLAIN_NANOS)) {
      return;
    }
    lastShown = now;
    double rate = rate();
    ProgressLine line =
        new ProgressLine(
            (seen == checked ? "checking " : "packing ")
                + Human.count(pictures)
                + "/"
                + Human.count(total),
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
  public void skipped(PackRecord.ShardRecord shard) {
    foundImages += shard.images();
    checked += shard.next() - shard.first();
    long now = System.nanoTime();
    checkingNanos += now - lastHeard;
    lastHeard = now;
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

  /** Images packed, left out, or found packed. */
  int seen() {
    return seen;
  }

  /** Images of the data set; 0 before the first was packed. */
  int total() {
    return total;
  }

  /** Images that were found packed. */
  int found() {
    return foundImages;
  }

  /** Images per second: of those packed now, or checked as long as none was packed. */
  double rate() {
    return seen == checked
        ? seen / seconds()
        : (seen - checked) / (seconds() - checkingNanos / 1e9);
  }

  double seconds() {
    return (System.nanoTime() - start) / 1e9;
  }
}
