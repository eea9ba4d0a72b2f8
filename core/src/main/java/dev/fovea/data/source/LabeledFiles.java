package dev.fovea.data.source;

import dev.fovea.data.archive.FileKind;
import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.archive.Source;
import dev.fovea.data.decode.ImageFormat;
import dev.fovea.data.image.DataException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The join of a source's files with a {@link LabelsFile}.
 *
 * @param rows the row of each listed file, in the order of the labels file
 * @param unnamed images that the labels file does not list
 */
record LabeledFiles(Map<Source.Entry, LabelsFile.Row> rows, List<IgnoredFile> unnamed) {
  private static final int MOST_BYTES = 1 << 28;

  /** Orders numbers by value; equal numbers written differently remain two classes. */
  private static final Comparator<String> BY_VALUE =
      Comparator.<String>comparingLong(Long::parseLong).thenComparing(Comparator.naturalOrder());

  private static boolean isNumber(String text) {
    return text.matches("[0-9]{1,18}");
  }

  /**
   * Determines the layout of a tree by a labels file, whose paths are relative to the tree or to
   * the labels file.
   */
  static ClassLayout layout(Source source, Path file, Optional<String> column) {
    if (!Files.isRegularFile(file)) {
      throw new DataException(
          "the labels file "
              + file
              + (Files.exists(file) ? " is not a file" : " does not exist")
              + "; expected a text file with lines of path,label; check data.labels");
    }
    String text;
    try (InputStream in = Files.newInputStream(file)) {
      text = text(in.readNBytes(MOST_BYTES), file.toString());
    } catch (IOException e) {
      throw new DataException(
          "cannot read the labels file " + file + ": " + e + "; check its permissions", e);
    }
    List<String> places = new ArrayList<>(List.of("", ClassFolders.commonRoot(source)));
    String tree = Path.of(source.description()).toAbsolutePath().normalize() + "/";
    Path folder = file.toAbsolutePath().normalize().getParent();
    String inside = folder == null ? "" : folder + "/";
    if (inside.startsWith(tree)) {
      places.add(inside.substring(tree.length()));
    }
    List<Source.Entry> files = source.listing().files();
    Index index = new Index(files, places, tree, inside);
    LabelsFile labels = LabelsFile.parse(text, file.toString(), index::has, column);
    LabeledFiles joined = join(labels, index, file.toString(), files);
    Map<String, Map<String, List<Source.Entry>>> found = new TreeMap<>();
    joined.rows.forEach(
        (entry, row) ->
            found
                .computeIfAbsent(row.split(), s -> new TreeMap<>())
                .computeIfAbsent(row.label(), c -> new ArrayList<>())
                .add(entry));
    List<IgnoredFile> ignored = new ArrayList<>(source.listing().ignored());
    ignored.addAll(joined.unnamed);
    files.stream()
        .filter(e -> !ImageFormat.isImageName(e.path()) && !joined.rows.containsKey(e))
        .filter(e -> !(tree + e.path()).equals(file.toAbsolutePath().normalize().toString()))
        .forEach(e -> ignored.add(FileKind.ignored(source, e)));
    return ClassLayout.create(
        source.description() + " by " + file, found, order(found), ignored, List.of());
  }

  /** Numbers by value, other labels by their letters. */
  private static Comparator<String> order(Map<String, Map<String, List<Source.Entry>>> found) {
    boolean numbers =
        found.values().stream().flatMap(c -> c.keySet().stream()).allMatch(LabeledFiles::isNumber);
    return numbers ? BY_VALUE : Comparator.naturalOrder();
  }

  /**
   * A list of labels among the files of a source.
   *
   * @param split that its images belong to, unless it has a column for it; may be empty
   * @param places folders that its paths may be relative to, with a slash at the end
   */
  record Found(Source.Entry list, String split, List<String> places) {}

  /** Whether a file of the source is a table of images and labels. */
  static boolean isTable(Source source, Found found, Optional<String> column) {
    try {
      String text = text(source.read(found.list, MOST_BYTES), found.list.path());
      Index index = new Index(source.listing().files(), found.places, "", "");
      return LabelsFile.isTable(text, index::has, column);
    } catch (IOException | DataException e) {
      // A file that nobody named as a list of labels may be anything.
      return false;
    }
  }

  /** Determines the layout of a tree by lists of labels inside the tree. */
  static ClassLayout layout(Source source, List<Found> lists, Optional<String> column) {
    List<Source.Entry> files = source.listing().files();
    Map<String, Map<String, List<Source.Entry>>> found = new TreeMap<>();
    Map<Source.Entry, Found> seen = new HashMap<>();
    for (Found list : lists) {
      String where = source.description() + "/" + list.list.path();
      Index index = new Index(files, list.places, "", "");
      String text;
      try {
        text = text(source.read(list.list, MOST_BYTES), where);
      } catch (IOException e) {
        throw new DataException(
            "cannot read " + where + ": " + e.getMessage() + "; expected a list of labels", e);
      }
      LabelsFile labels = LabelsFile.parse(text, where, index::has, column);
      join(labels, index, where, files)
          .rows
          .forEach(
              (entry, row) -> {
                Found before = seen.put(entry, list);
                if (before != null) {
                  throw new DataException(
                      entry.path()
                          + " is listed in "
                          + before.list.path()
                          + " and in "
                          + list.list.path()
                          + "; expected every image in one of them; remove it from the other");
                }
                found
                    .computeIfAbsent(
                        row.split().isEmpty() ? list.split : row.split(), s -> new TreeMap<>())
                    .computeIfAbsent(row.label(), c -> new ArrayList<>())
                    .add(entry);
              });
    }
    List<IgnoredFile> ignored = new ArrayList<>(source.listing().ignored());
    Set<String> tables = lists.stream().map(l -> l.list.path()).collect(Collectors.toSet());
    for (Source.Entry e : files) {
      if (ImageFormat.isImageName(e.path()) && !seen.containsKey(e)) {
        ignored.add(new IgnoredFile(e.path(), "unlabeled", "in no list of labels"));
      } else if (!ImageFormat.isImageName(e.path()) && !tables.contains(e.path())) {
        ignored.add(FileKind.ignored(source, e));
      }
    }
    return ClassLayout.create(
        source.description(),
        found,
        order(found),
        ignored,
        List.of(
            "the labels are those of "
                + String.join(" and ", lists.stream().map(l -> l.list.path()).toList())
                + ", found beside the images"));
  }

  /** Joins some files of a source with a list inside the source. */
  static LabeledFiles of(
      Source source, List<Source.Entry> files, Source.Entry list, List<String> places) {
    String where = source.description() + "/" + list.path();
    try {
      Index index = new Index(files, places, "", "");
      String text = text(source.read(list, MOST_BYTES), where);
      return join(LabelsFile.parse(text, where, index::has, Optional.empty()), index, where, files);
    } catch (IOException e) {
      throw new DataException(
          "cannot read "
              + where
              + ": "
              + e.getMessage()
              + "; expected a list of labels; copy the"
              + " data again",
          e);
    }
  }

  private static LabeledFiles join(
      LabelsFile labels, Index index, String where, List<Source.Entry> files) {
    Map<Source.Entry, LabelsFile.Row> rows = new LinkedHashMap<>();
    List<LabelsFile.Row> unknown = new ArrayList<>();
    for (LabelsFile.Row row : labels.rows()) {
      Source.Entry entry = index.find(row.path());
      if (entry == null) {
        unknown.add(row);
        continue;
      }
      LabelsFile.Row before = rows.putIfAbsent(entry, row);
      if (before != null
          && !(before.label().equals(row.label()) && before.split().equals(row.split()))) {
        throw new DataException(
            where
                + ", lines "
                + before.line()
                + " and "
                + row.line()
                + ": "
                + row.path()
                + " has two different labels or splits; expected one; remove one of the lines");
      }
    }
    if (!unknown.isEmpty()) {
      List<String> some =
          unknown.stream().limit(3).map(r -> r.path() + " (line " + r.line() + ")").toList();
      throw new DataException(
          where
              + " names "
              + unknown.size()
              + (unknown.size() == 1 ? " file that does" : " files that do")
              + " not exist: "
              + String.join(", ", some)
              + (unknown.size() > 3 ? ", ..." : "")
              + "; expected paths relative to the data or to the labels file; correct or remove the"
              + " lines");
    }
    List<IgnoredFile> unnamed =
        files.stream()
            .filter(e -> ImageFormat.isImageName(e.path()) && !rows.containsKey(e))
            .map(e -> new IgnoredFile(e.path(), "unlabeled", "not in the labels file"))
            .toList();
    return new LabeledFiles(rows, unnamed);
  }

  /** Finds files by the different ways in which a labels file may write their paths. */
  private static final class Index {
    private final Map<String, Source.Entry> byPath = new HashMap<>();
    private final Map<String, Source.Entry> withoutSuffix = new HashMap<>();
    private final List<String> places;
    private final String tree;
    private final String beside;

    Index(List<Source.Entry> files, List<String> places, String tree, String beside) {
      Set<String> twice = new HashSet<>();
      this.places = places;
      this.tree = tree;
      this.beside = beside;
      for (Source.Entry e : files) {
        byPath.put(e.path(), e);
        if (ImageFormat.isImageName(e.path())) {
          String name = e.path().substring(0, e.path().lastIndexOf('.'));
          if (withoutSuffix.put(name, e) != null) {
            twice.add(name);
          }
        }
      }
      twice.forEach(withoutSuffix::remove);
    }

    boolean has(String path) {
      return find(path) != null;
    }

    Source.@Nullable Entry find(String written) {
      String path = plain(written);
      for (Map<String, Source.Entry> files : List.of(byPath, withoutSuffix)) {
        for (String place : places) {
          Source.Entry e = files.get(place + path);
          if (e != null) {
            return e;
          }
        }
      }
      return null;
    }

    /**
     * Resolves {@code ./} and {@code ..} and, if the path leads into the tree, makes it relative to
     * the tree.
     */
    private String plain(String written) {
      String path = Source.clean(written.strip().replace('\\', '/'));
      if (tree.isEmpty() || path.isEmpty() || path.indexOf('\0') >= 0) {
        return path;
      }
      if (path.startsWith("/")) {
        return path.startsWith(tree) ? path.substring(tree.length()) : path;
      }
      // In a labels file beside the tree, paths start with the tree's folder.
      String absolute = beside + path;
      if (!path.contains("..")) {
        return absolute.startsWith(tree) && !byPath.containsKey(path)
            ? absolute.substring(tree.length())
            : path;
      }
      List<String> parts = new ArrayList<>();
      for (String part : absolute.split("/")) {
        if (!part.equals("..")) {
          parts.add(part);
        } else if (parts.size() > 1) {
          parts.remove(parts.size() - 1);
        }
      }
      String resolved = String.join("/", parts);
      return resolved.startsWith(tree) ? resolved.substring(tree.length()) : path;
    }
  }

  /** Decodes UTF-8, or UTF-16 if there is a byte order mark. */
  private static String text(byte[] bytes, String where) {
    Charset charset = StandardCharsets.UTF_8;
    if (bytes.length > 1 && (bytes[0] & 255) == 0xff && (bytes[1] & 255) == 0xfe
        || bytes.length > 1 && (bytes[0] & 255) == 0xfe && (bytes[1] & 255) == 0xff) {
      charset = StandardCharsets.UTF_16;
    }
    try {
      return charset.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
    } catch (CharacterCodingException e) {
      throw new DataException(
          where
              + " is not valid "
              + charset.name().toUpperCase(Locale.ROOT)
              + "; expected UTF-8; save it as UTF-8",
          e);
    }
  }
}
