package dev.fovea.app.console;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Text in aligned columns: a heading, rows, and optionally a footer below a line. */
public final class Table {
  private static final Pattern NUMBER =
      Pattern.compile("[-+]?[0-9][0-9.,]*([a-zA-Z%/]{0,3}| [a-zA-Z%/]+)");

  private final List<List<String>> rows = new ArrayList<>();
  private int foot = -1;

  public Table(String... heading) {
    rows.add(List.of(heading));
  }

  public Table row(String... cells) {
    if (cells.length != rows.get(0).size()) {
      throw new IllegalArgumentException(
          "a row of " + cells.length + " cells in a table of " + rows.get(0).size() + " columns");
    }
    rows.add(List.of(cells));
    return this;
  }

  /** Adds a footer row, separated by a line. */
  public Table foot(String... cells) {
    foot = rows.size();
    return row(cells);
  }

  /** The lines, each ending in a newline; numeric columns are right-aligned. */
  @Override
  public String toString() {
    int columns = rows.get(0).size();
    int[] width = new int[columns];
    boolean[] right = new boolean[columns];
    for (int c = 0; c < columns; c++) {
      boolean numbers = false;
      boolean words = false;
      for (int r = 0; r < rows.size(); r++) {
        String cell = rows.get(r).get(c);
        width[c] = Math.max(width[c], cell.length());
        if (r > 0 && !cell.isEmpty() && !cell.equals("-")) {
          boolean number = NUMBER.matcher(cell).matches();
          numbers |= number;
          words |= !number;
        }
      }
      right[c] = numbers && !words;
    }
    StringBuilder text = new StringBuilder();
    for (int r = 0; r < rows.size(); r++) {
      if (r == foot) {
        line(text, width);
      }
      StringBuilder row = new StringBuilder();
      for (int c = 0; c < columns; c++) {
        String cell = rows.get(r).get(c);
        String gap = " ".repeat(width[c] - cell.length());
        row.append(c == 0 ? "" : "  ").append(right[c] ? gap + cell : cell + gap);
      }
      text.append(row.toString().stripTrailing()).append('\n');
    }
    return text.toString();
  }

  private static void line(StringBuilder text, int[] width) {
    int all = 2 * (width.length - 1);
    for (int w : width) {
      all += w;
    }
    text.append("-".repeat(all)).append('\n');
  }
}
