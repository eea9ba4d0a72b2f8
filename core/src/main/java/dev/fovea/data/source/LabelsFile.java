package dev.fovea.data.source;

import dev.fovea.data.decode.ImageFormat;
import dev.fovea.data.image.DataException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Predicate;

/**
 * A table of images and their classes: lines of {@code path,label} with an optional split column.
 *
 * <p>Columns are separated by commas, tabs, semicolons or spaces, and may be quoted as in CSV (RFC
 * 4180). A header is recognized by its column names. Without one, the path is the first column that
 * names files, and the label is the first other column. Paths may contain spaces; labels only if
 * quoted or separated by another character.
 *
 * @param rows rows in the order of the file
 */
record LabelsFile(List<Row> rows) {
  private static final List<String> PATHS =
      List.of(
          "path",
          "file",
          "filename",
          "file_name",
          "filepath",
          "file_path",
          "image",
          "image_path",
          "image_name",
          "image_id",
          "imageid",
          "img",
          "img_path",
          "img_name",
          "name",
          "fname",
          "id");
  private static final List<String> LABELS =
      List.of(
          "label",
          "class",
          "category",
          "target",
          "label_name",
          "class_name",
          "classname",
          "labels",
          "species",
          "breed",
          "tag",
          "class_id",
          "label_id",
          "y");
  private static final List<String> SPLITS =
      List.of("split", "set", "subset", "partition", "dataset", "fold_name");
  private static final int LOOKED_AT = 100;

  /**
   * An image and its class.
   *
   * @param line line number in the file, from 1
   * @param split split in lower case; empty if there is no such column
   */
  record Row(int line, String path, String label, String split) {}

  private record Line(int number, List<String> cells) {
    String cell(int column) {
      return column < cells.size() ? cells.get(column).strip() : "";
    }
  }

  /** The roles of the columns. */
  private record Columns(boolean header, int path, int label, Optional<Integer> split) {}

  /**
   * Parses a table.
   *
   * @param where names the table in messages
   * @param isFile whether a path names an existing file
   * @param label the column of the labels by its name in the header; empty for the usual names
   * @throws DataException if the table cannot be parsed
   */
  static LabelsFile parse(
      String text, String where, Predicate<String> isFile, Optional<String> label) {
    String plain = text.startsWith("\ufeff") ? text.substring(1) : text;
    List<Line> lines = lines(plain, where, isFile);
    if (lines.isEmpty()) {
      throw new DataException(where + " is empty; expected lines of path,label");
    }
    Columns columns =
        label.isPresent()
            ? named(lines, where, isFile, label.get())
            : columns(lines, where, isFile);
    List<Row> rows = new ArrayList<>();
    for (Line line : lines.subList(columns.header ? 1 : 0, lines.size())) {
      Row row =
          new Row(
              line.number,
              line.cell(columns.path),
              line.cell(columns.label),
              columns.split.map(s -> line.cell(s).toLowerCase(Locale.ROOT)).orElse(""));
      if (row.path.isEmpty() || row.label.isEmpty()) {
        throw new DataException(
            where
                + ", line "
                + line.number
                + ": "
                + (row.path.isEmpty() ? "the path" : "the label of " + row.path)
                + " is missing; expected path,label; complete or remove the line");
      }
      if (columns.split.isPresent() && !Split.isSplitFolder(row.split)) {
        throw new DataException(
            where
                + ", line "
                + line.number
                + ": the split is '"
                + row.split
                + "'; expected train, val or test; correct it");
      }
      rows.add(row);
    }
    if (rows.isEmpty()) {
      throw new DataException(where + " has a header but no rows; expected lines of path,label");
    }
    return new LabelsFile(List.copyOf(rows));
  }

  /** Splits lines by the first delimiter that yields known paths, else by the most likely one. */
  private static List<Line> lines(String text, String where, Predicate<String> isFile) {
    for (char delimiter : new char[] {'\t', ',', ';', ' '}) {
      List<Line> lines = split(text, delimiter, where);
      boolean found =
          lines.stream()
              .limit(LOOKED_AT)
              .anyMatch(l -> l.cells.size() > 1 && l.cells.stream().anyMatch(isFile));
      if (found) {
        return lines;
      }
    }
    String first = text.lines().findFirst().orElse("");
    char delimiter = first.contains("\t") ? '\t' : first.contains(",") ? ',' : ' ';
    return split(text, delimiter, where);
  }

  private static List<Line> split(String text, char delimiter, String where) {
    List<Line> lines = new ArrayList<>();
    List<String> cells = new ArrayList<>();
    StringBuilder cell = new StringBuilder();
    boolean quoted = false;
    int number = 1;
    int start = 1;
    for (int i = 0; i <= text.length(); i++) {
      char c = i < text.length() ? text.charAt(i) : '\n';
      if (quoted && i < text.length()) {
        if (c == '"' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
          cell.append(c);
          i++;
        } else if (c == '"') {
          quoted = false;
        } else {
          cell.append(c);
        }
        number += c == '\n' ? 1 : 0;
      } else if (quoted) {
        throw new DataException(
            where
                + ", line "
                + start
                + ": a quote is not closed; expected a pair of quotes; add the closing one");
      } else if (c == '"' && cell.toString().isBlank()) {
        cell.setLength(0);
        quoted = true;
      } else if (c == '\n' || c == '\r') {
        cells.add(cell.toString());
        if (!cells.stream().allMatch(String::isBlank)) {
          lines.add(new Line(start, delimiter == ' ' ? blanks(cells) : List.copyOf(cells)));
        }
        cells.clear();
        cell.setLength(0);
        // A lone carriage return, as old spreadsheets write it, also ends a line.
        boolean pair = c == '\r' && i + 1 < text.length() && text.charAt(i + 1) == '\n';
        i += pair ? 1 : 0;
        number++;
        start = number;
      } else if (c == delimiter) {
        cells.add(cell.toString());
        cell.setLength(0);
      } else {
        cell.append(c);
      }
    }
    return lines;
  }

  /** Splits a line at its last space into path and label. */
  private static List<String> blanks(List<String> words) {
    List<String> w = new ArrayList<>(words);
    while (w.get(w.size() - 1).isBlank()) {
      w.remove(w.size() - 1);
    }
    int last = w.size() - 1;
    return last == 0
        ? List.of(w.get(0))
        : List.of(String.join(" ", w.subList(0, last)).strip(), w.get(last));
  }

  /**
   * Whether a table has a header with a path and a label, and one of its first rows leads to a
   * file.
   */
  static boolean isTable(String text, Predicate<String> isFile, Optional<String> label) {
    List<Line> lines = lines(text.startsWith("\ufeff") ? text.substring(1) : text, "", isFile);
    if (lines.size() < 2) {
      return false;
    }
    List<String> names = header(lines.get(0));
    int path = indexOfAny(names, PATHS);
    int labels = label.map(l -> names.indexOf(plain(l))).orElse(indexOfAny(names, LABELS));
    return path >= 0
        && labels >= 0
        && lines.stream().skip(1).limit(LOOKED_AT).anyMatch(l -> isFile.test(l.cell(path)));
  }

  private static String plain(String name) {
    return name.strip().toLowerCase(Locale.ROOT).replaceAll("[ -]", "_");
  }

  private static List<String> header(Line first) {
    return first.cells.stream().map(LabelsFile::plain).toList();
  }

  /** The columns of a table whose header has this label. */
  private static Columns named(
      List<Line> lines, String where, Predicate<String> isFile, String wanted) {
    List<String> names = header(lines.get(0));
    int label = names.indexOf(plain(wanted));
    if (label < 0) {
      throw new DataException(
          where
              + " has no column '"
              + wanted
              + "', only "
              + String.join(", ", lines.get(0).cells)
              + "; expected data.label_column to be one of them; correct it");
    }
    List<Line> some = lines.subList(1, Math.min(LOOKED_AT, lines.size()));
    int path = indexOfAny(names, PATHS);
    for (int c = names.size() - 1; path < 0 && c >= 0; c--) {
      int column = c;
      path = c != label && some.stream().anyMatch(l -> isFile.test(l.cell(column))) ? c : path;
    }
    if (path < 0 || path == label) {
      throw new DataException(
          where
              + " has no column with the paths of images; expected one called path, file_name or"
              + " image_id; rename it");
    }
    int split = indexOfAny(names, SPLITS);
    return new Columns(
        true, path, label, split < 0 || split == label ? Optional.empty() : Optional.of(split));
  }

  private static Columns columns(List<Line> lines, String where, Predicate<String> isFile) {
    Line first = lines.get(0);
    List<String> names = header(first);
    int path = indexOfAny(names, PATHS);
    int label = indexOfAny(names, LABELS);
    int split = indexOfAny(names, SPLITS);
    List<Line> some = lines.subList(0, Math.min(LOOKED_AT, lines.size()));
    if (path >= 0 && label >= 0 && !isFile.test(first.cell(path))) {
      return new Columns(true, path, label, split < 0 ? Optional.empty() : Optional.of(split));
    }
    int width = some.stream().mapToInt(l -> l.cells.size()).max().orElse(0);
    if (width < 2) {
      throw new DataException(
          where
              + ", line "
              + first.number
              + ": '"
              + first.cell(0)
              + "' has one column; expected path,label, separated by a comma, a tab or a space");
    }
    path = 0;
    for (int c = width - 1; c >= 0; c--) {
      int column = c;
      path = some.stream().anyMatch(l -> isFile.test(l.cell(column))) ? c : path;
    }
    boolean header =
        some.size() > 1
            && !isFile.test(first.cell(path))
            && !ImageFormat.isImageName(first.cell(path))
            && isFile.test(some.get(1).cell(path));
    if (header && width > 2 && label < 0) {
      throw new DataException(
          where
              + " has the columns "
              + String.join(", ", first.cells)
              + ", none of which is called label or class; expected one of these names; name the"
              + " column that holds the classes by data.label_column");
    }
    int other = path == 0 ? 1 : 0;
    List<Line> body = header ? lines.subList(1, lines.size()) : lines;
    Optional<Integer> third =
        width > 2 && body.stream().allMatch(l -> Split.isSplitFolder(l.cell(2)))
            ? Optional.of(2)
            : Optional.empty();
    return new Columns(header, path, header && label >= 0 ? label : other, third);
  }

  private static int indexOfAny(List<String> header, List<String> wanted) {
    return wanted.stream().mapToInt(header::indexOf).filter(i -> i >= 0).findFirst().orElse(-1);
  }
}
