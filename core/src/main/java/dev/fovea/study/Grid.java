package dev.fovea.study;

import java.util.List;

/**
 * A table of a report, as text.
 *
 * @param title shown above the table
 * @param columns the header; the first column names the rows
 * @param rows with one cell per column
 */
public record Grid(String title, List<String> columns, List<List<String>> rows) {
  /** Copies the lists; every row must have a cell for each column. */
  public Grid {
    columns = List.copyOf(columns);
    rows = rows.stream().map(List::copyOf).toList();
    int width = columns.size();
    if (rows.stream().anyMatch(r -> r.size() != width)) {
      throw new IllegalArgumentException(
          "every row of '" + title + "' must have " + width + " cells");
    }
  }
}
