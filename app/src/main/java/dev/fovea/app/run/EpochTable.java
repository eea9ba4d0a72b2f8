package dev.fovea.app.run;

import dev.fovea.app.console.Human;
import dev.fovea.app.report.RunReport.Epoch;
import dev.fovea.tensor.Decimals;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;

/**
 * Formats one row per epoch in columns of fixed width, fewer on a narrow screen. A dash marks an
 * epoch without evaluation.
 */
final class EpochTable {
  private record Column(String heading, int width, boolean always, Function<Epoch, String> cell) {}

  private static final List<Column> COLUMNS =
      List.of(
          new Column("epoch", 5, true, e -> String.valueOf(e.epoch())),
          new Column("train loss", 10, true, e -> Human.loss(e.trainLoss())),
          new Column("top-1", 7, false, e -> Human.percent(e.trainTop1())),
          new Column("val loss", 8, true, e -> Human.loss(e.valLoss())),
          new Column("top-1", 8, true, e -> Human.percent(e.valTop1())),
          new Column("rate", 8, false, e -> Human.rate(e.rate())),
          new Column("images/s", 8, false, e -> Decimals.format("%,.0f", e.imagesPerSecond())),
          new Column(
              "time", 6, false, e -> Human.time(Duration.ofMillis((long) (1000 * e.seconds())))));

  private final int columns;

  EpochTable(int columns) {
    this.columns = columns;
  }

  String heading() {
    return line(Column::heading);
  }

  String row(Epoch epoch) {
    return line(c -> c.cell().apply(epoch));
  }

  private String line(Function<Column, String> text) {
    boolean narrow = COLUMNS.stream().mapToInt(c -> c.width() + 2).sum() - 2 > columns;
    StringBuilder line = new StringBuilder();
    for (Column c : COLUMNS) {
      if (c.always() || !narrow) {
        String t = text.apply(c);
        line.append(line.isEmpty() ? "" : "  ")
            .append(" ".repeat(Math.max(0, c.width() - t.length())))
            .append(t);
      }
    }
    return line.toString();
  }
}
