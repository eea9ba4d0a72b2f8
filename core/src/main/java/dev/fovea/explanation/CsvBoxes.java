package dev.fovea.explanation;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.IoReason;
import dev.fovea.tensor.Decimals;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads boxes from CSV, see {@link BoxAnnotations#read}. */
final class CsvBoxes {
  private static final long MOST_BYTES = 1L << 28;
  private static final int EDGES = 4;
  private static final int LABEL = EDGES + 1;
  private static final List<Set<String>> COLUMNS =
      List.of(
          Set.of("image", "path", "file", "filename", "name", "imageid"),
          Set.of("left", "xmin", "x1", "x0"),
          Set.of("top", "ymin", "y1", "y0"),
          Set.of("right", "xmax", "x2"),
          Set.of("bottom", "ymax", "y2"),
          Set.of("label", "class", "category"));
  private static final String EXPECTED =
      "expected a heading with the columns image, left, top, right, bottom and perhaps label (or"
          + " ImageId and PredictionString)";

  private final Path file;
  private final Map<String, List<LabeledBox>> boxes = new LinkedHashMap<>();

  private CsvBoxes(Path file) {
    this.file = file;
  }

  static Map<String, List<LabeledBox>> read(Path file) {
    CsvBoxes reader = new CsvBoxes(file);
    reader.read();
    return reader.boxes;
  }

  /**
   * Where a row has what.
   *
   * @param cells that a row needs
   * @param columns of {@link #COLUMNS}; -1 for those that are not there
   * @param strings the column of boxes in one string, or -1
   */
  private record Layout(int cells, List<Integer> columns, int strings) {}

  private void read() {
    List<String> lines = lines();
    if (lines.isEmpty()) {
      throw new DataException(file + ": is empty; " + EXPECTED);
    }
    List<String> heading =
        cells(lines.get(0), 1).stream()
            .map(h -> h.toLowerCase(Locale.ROOT).replace("_", ""))
            .toList();
    boolean bare = hasNoNames(heading);
    Layout layout =
        bare
            ? new Layout(EDGES + 1, List.of(0, 1, 2, 3, 4, LABEL), -1)
            : new Layout(
                heading.size(),
                COLUMNS.stream().map(names -> find(heading, names)).toList(),
                heading.indexOf("predictionstring"));
    int needed = layout.strings >= 0 ? 1 : LABEL;
    if (layout.columns.subList(0, needed).contains(-1)) {
      throw new DataException(file + ": line 1 is '" + lines.get(0).strip() + "'; " + EXPECTED);
    }
    int most = bare ? LABEL + 1 : heading.size();
    for (int i = bare ? 0 : 1; i < lines.size(); i++) {
      if (lines.get(i).isBlank()) {
        continue;
      }
      List<String> row = cells(lines.get(i), i + 1);
      if (row.size() < layout.cells) {
        throw wrong(i + 1, "has " + row.size() + " of " + layout.cells + " columns");
      }
      if (row.stream().skip(most).anyMatch(c -> !c.isEmpty())) {
        throw wrong(
            i + 1,
            "has "
                + Decimals.count(row.size(), "column")
                + " instead of "
                + most
                + "; quote cells that hold commas");
      }
      add(i + 1, row, layout);
    }
    if (boxes.isEmpty()) {
      throw new DataException(file + ": holds no boxes; " + EXPECTED);
    }
  }

  private List<String> lines() {
    try {
      if (!Files.isRegularFile(file)) {
        throw new DataException(file + ": no such file; expected one with boxes");
      }
      if (Files.size(file) > MOST_BYTES) {
        throw new DataException(
            file + ": is longer than " + (MOST_BYTES >> 20) + " MiB; " + EXPECTED);
      }
      String text = Files.readString(file);
      return (text.startsWith("\uFEFF") ? text.substring(1) : text).lines().toList();
    } catch (CharacterCodingException e) {
      throw new DataException(file + ": is no text in UTF-8; " + EXPECTED, e);
    } catch (IOException e) {
      throw new DataException(file + ": cannot be read (" + IoReason.of(e) + ")", e);
    }
  }

  private static boolean hasNoNames(List<String> first) {
    return first.size() > EDGES
        && first.subList(1, EDGES + 1).stream().allMatch(c -> c.matches("[-+]?[0-9.]+"));
  }

  private static int find(List<String> heading, Set<String> names) {
    for (int i = 0; i < heading.size(); i++) {
      if (names.contains(heading.get(i))) {
        return i;
      }
    }
    return -1;
  }

  private void add(int line, List<String> row, Layout layout) {
    String image = row.get(layout.columns.get(0));
    if (layout.strings < 0) {
      int label = layout.columns.get(LABEL);
      add(
          line,
          image,
          label < 0 || label >= row.size() ? "" : row.get(label),
          layout.columns.subList(1, LABEL).stream().map(row::get).toList());
      return;
    }
    List<String> words = List.of(row.get(layout.strings).split("\\s+"));
    if (words.size() % LABEL != 0) {
      throw wrong(line, "needs five words for each box, got " + words.size());
    }
    for (int i = 0; i < words.size(); i += LABEL) {
      add(line, image, words.get(i), words.subList(i + 1, i + LABEL));
    }
  }

  private void add(int line, String image, String label, List<String> edges) {
    double[] at = new double[EDGES];
    for (int i = 0; i < EDGES; i++) {
      try {
        at[i] = Double.parseDouble(edges.get(i));
      } catch (NumberFormatException e) {
        throw wrong(line, "has '" + edges.get(i) + "' where a number of pixels belongs");
      }
    }
    Box box;
    try {
      box = new Box(at[0], at[1], at[2], at[3]);
    } catch (IllegalArgumentException e) {
      throw wrong(line, "is no box: " + e.getMessage());
    }
    Optional<String> named = label.isEmpty() ? Optional.empty() : Optional.of(label);
    boxes
        .computeIfAbsent(image, k -> new ArrayList<>())
        .add(new LabeledBox(named, box, file + ", line " + line));
  }

  private DataException wrong(int line, String what) {
    return new DataException(file + ": line " + line + " " + what + "; " + EXPECTED);
  }

  /** The cells of a line; quotes may surround a cell, and are doubled in it. */
  private List<String> cells(String line, int number) {
    List<String> cells = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (quoted && c == '"' && i + 1 < line.length() && line.charAt(i + 1) == '"') {
        cell.append('"');
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        cells.add(cell.toString().strip());
        cell.setLength(0);
      } else {
        cell.append(c);
      }
    }
    if (quoted) {
      throw wrong(number, "has a quote that is not closed");
    }
    cells.add(cell.toString().strip());
    return cells;
  }
}
