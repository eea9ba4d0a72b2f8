package dev.fovea.train;

import dev.fovea.checkpoint.AtomicFile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes {@code metrics.csv}, one row per epoch.
 *
 * <p>The file is always replaced atomically. A resumed run starts from the rows of its saved state,
 * which drops the rows of epochs that are repeated.
 */
final class MetricsCsv implements TrainListener {
  private final Path file;
  private final List<EpochRow> rows = new ArrayList<>();

  MetricsCsv(Path file) {
    this.file = file;
  }

  @Override
  public void on(TrainEvent event) {
    if (event instanceof TrainEvent.RunStarted e) {
      rows.clear();
      rows.addAll(e.history());
      write();
    } else if (event instanceof TrainEvent.EpochDone e) {
      rows.add(e.row());
      write();
    }
  }

  private void write() {
    StringBuilder text = new StringBuilder(EpochRow.HEADER).append('\n');
    rows.forEach(r -> text.append(r.csv()).append('\n'));
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(text.toString());
    AtomicFile.write(
        file,
        bytes.remaining(),
        channel -> {
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        });
  }
}
