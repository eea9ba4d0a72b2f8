package dev.fovea.app.explanation;

import dev.fovea.app.console.CommandException;
import dev.fovea.explanation.Box;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Boxes around the objects of images, from a CSV file in pixels of the upright picture.
 *
 * <p>Either a row per box, with a heading that names the columns {@code image}, {@code left},
 * {@code top}, {@code right}, {@code bottom} and perhaps {@code label}, in any order and under
 * their usual other names ({@code xmin} and so on), or in this order without a heading; or, as
 * ILSVRC's localization task gives them, the columns {@code ImageId} and {@code PredictionString},
 * which holds {@code label xmin ymin xmax ymax} for each box.
 *
 * <p>An image is found by its path, else by the last parts of its path, with or without the suffix.
 */
public final class BoxFile {
  private static final long LARGEST = 1L << 28;
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
  private final Map<String, List<Labeled>> boxes = new HashMap<>();

  /**
   * A box and what it is around.
   *
   * @param label as the file names it; empty if it does not
   * @param line of the file
   */
  public record Labeled(String label, Box box, int line) {}

  private BoxFile(Path file) {
    this.file = file;
  }

  /**
   * Reads a file.
   *
   * @throws CommandException naming the line that is wrong
   */
  public static BoxFile read(Path file) throws IOException {
    if (Files.size(file) > LARGEST) {
      throw new CommandException(
          file + ": is longer than " + (LARGEST >> 20) + " MiB; " + EXPECTED);
    }
    List<String> lines;
    try {
      lines = Files.readAllLines(file);
    } catch (MalformedInputException e) {
      throw new CommandException(file + ": is no text in UTF-8; " + EXPECTED, e);
    }
    BoxFile read = new BoxFile(file);
    if (lines.isEmpty()) {
      throw new CommandException(file + ": is empty; " + EXPECTED);
    }
    List<String> heading =
        cells(lines.get(0)).stream()
            .map(h -> h.strip().toLowerCase(Locale.ROOT).replace("_", "").replace("\uFEFF", ""))
            .toList();
    int strings = heading.indexOf("predictionstring");
    boolean bare = hasNoNames(heading);
    List<Integer> columns =
        bare
            ? List.of(0, 1, 2, 3, 4, heading.size() > 5 ? 5 : -1)
            : COLUMNS.stream().map(names -> find(heading, names)).toList();
    List<Integer> needed = strings >= 0 ? columns.subList(0, 1) : columns.subList(0, 5);
    if (needed.contains(-1)) {
      throw new CommandException(file + ": line 1 is '" + lines.get(0).strip() + "'; " + EXPECTED);
    }
    for (int i = bare ? 0 : 1; i < lines.size(); i++) {
      if (lines.get(i).isBlank()) {
        continue;
      }
      List<String> row = cells(lines.get(i));
      if (row.size() < heading.size()) {
        throw read.wrong(i + 1, "has " + row.size() + " of " + heading.size() + " columns");
      }
      String image = row.get(columns.get(0));
      if (strings >= 0) {
        read.addAll(i + 1, image, row.get(strings));
      } else {
        int label = columns.get(5);
        List<String> edges = columns.subList(1, 5).stream().map(row::get).toList();
        read.add(i + 1, image, label < 0 ? "" : row.get(label).strip(), edges);
      }
    }
    return read;
  }

  private static boolean hasNoNames(List<String> first) {
    return first.size() > 4
        && first.subList(1, 5).stream().allMatch(c -> c.matches("[-+]?[0-9.]+"));
  }

  private static int find(List<String> heading, Set<String> names) {
    for (int i = 0; i < heading.size(); i++) {
      if (names.contains(heading.get(i))) {
        return i;
      }
    }
    return -1;
  }

  private void addAll(int line, String image, String text) {
    List<String> words = List.of(text.strip().split("\\s+"));
    if (words.size() % 5 != 0) {
      throw wrong(line, "has " + words.size() + " words of boxes, which is no multiple of five");
    }
    for (int i = 0; i < words.size(); i += 5) {
      add(line, image, words.get(i), words.subList(i + 1, i + 5));
    }
  }

  private void add(int line, String image, String label, List<String> edges) {
    double[] at = new double[4];
    for (int i = 0; i < at.length; i++) {
      try {
        at[i] = Double.parseDouble(edges.get(i).strip());
      } catch (NumberFormatException e) {
        throw wrong(line, "has '" + edges.get(i).strip() + "' where a number of pixels belongs");
      }
    }
    Box box;
    try {
      box = new Box(at[0], at[1], at[2], at[3]);
    } catch (IllegalArgumentException e) {
      throw wrong(line, "is no box: " + e.getMessage());
    }
    boxes
        .computeIfAbsent(plain(image.strip()), k -> new ArrayList<>())
        .add(new Labeled(label, box, line));
  }

  private CommandException wrong(int line, String what) {
    return new CommandException(file + ": line " + line + " " + what + "; " + EXPECTED);
  }

  /** The file. */
  public Path file() {
    return file;
  }

  /** One of the images that it names. */
  String example() {
    return boxes.keySet().stream().min(Comparator.naturalOrder()).orElse("none at all");
  }

  /** The boxes of an image; none if the file does not name it. */
  public List<Labeled> of(String image) {
    String rest = plain(image);
    while (true) {
      List<Labeled> found = boxes.get(rest);
      if (found == null) {
        found = boxes.get(withoutSuffix(rest));
      }
      if (found != null) {
        return List.copyOf(found);
      }
      int slash = rest.indexOf('/');
      if (slash < 0) {
        return List.of();
      }
      rest = rest.substring(slash + 1);
    }
  }

  private static String withoutSuffix(String path) {
    int dot = path.lastIndexOf('.');
    return dot > path.lastIndexOf('/') + 1 ? path.substring(0, dot) : path;
  }

  private static String plain(String path) {
    String forward = path.replace('\\', '/');
    return forward.startsWith("./") ? forward.substring(2) : forward;
  }

  /** The cells of a line of CSV; quotes may surround a cell, and are doubled in it. */
  private static List<String> cells(String line) {
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
        cells.add(cell.toString());
        cell.setLength(0);
      } else {
        cell.append(c);
      }
    }
    cells.add(cell.toString());
    return cells;
  }
}
