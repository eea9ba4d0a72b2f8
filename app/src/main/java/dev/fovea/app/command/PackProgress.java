package dev.fovea.app.command;

import dev.fovea.app.console.Human;
import dev.fovea.app.console.ProgressDisplay;
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
  private static final Duration PLAIN = Duration.ofSeconds(10);

  private final Terminal terminal;
  private final ProgressDisplay display;
  private final Set<String> flags;
  private final AtomicBoolean stopped;
  private final long start = System.nanoTime();
  private long lastHeard = start;
  private long checkingNanos;
  private int foundImages;
  private int checked;
  private int seen;
  private int total;

  PackProgress(Terminal terminal, Set<String> flags, AtomicBoolean stopped) {
    this.terminal = terminal;
    this.display = new ProgressDisplay(terminal, PLAIN);
    this.flags = flags;
    this.stopped = stopped;
  }

  @Override
  public void packed(int pictures, int all) {
    seen = pictures;
    total = all;
    lastHeard = System.nanoTime();
    display.show(
        () -> {
          double rate = rate();
          return new ProgressLine(
              (seen == checked ? "checking " : "packing ")
                  + Human.count(pictures)
                  + "/"
                  + Human.count(total),
              pictures + "/" + total,
              (double) pictures / total,
              List.of(Human.digits(rate) + " img/s"),
              Duration.ofMillis((long) (1000 * (total - pictures) / rate)));
        });
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
    display.erase();
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
