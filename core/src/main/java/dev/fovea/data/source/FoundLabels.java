package dev.fovea.data.source;

import dev.fovea.data.archive.Source;
import dev.fovea.data.decode.ImageFormat;
import dev.fovea.data.image.DataException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * Finds lists of labels that lie beside the folders of their images, as competitions distribute
 * them: {@code train.csv} beside {@code images/}.
 *
 * <p>A list counts only if its name is a usual one, its heading names a column of paths and one of
 * labels, and its first paths lead to images. It is not looked for where the folders may be
 * classes, unless the column is chosen.
 */
final class FoundLabels {
  /** Names without suffix of lists of training images, in lower case, the preferred one first. */
  private static final List<String> TRAIN =
      List.of(
          "train",
          "training",
          "train_labels",
          "trainlabels",
          "train_data",
          "labels",
          "label",
          "metadata",
          "annotations",
          "data");

  private static final List<String> VAL =
      List.of("val", "valid", "validation", "val_labels", "valid_labels", "validation_labels");
  private static final List<String> TEST = List.of("test", "test_labels", "testlabels");

  /** Names of folders that are no classes. */
  private static final Pattern NO_CLASS =
      Pattern.compile(
          "((train(ing)?|test(ing)?|val(id(ation)?)?|eval(uation)?)[-_"
              + " ]?)?(images?|imgs?|pictures|photos|jpe?gs?|pngs?|data|dataset|all|files|set)?[-_"
              + " 0-9]*");

  private FoundLabels() {}

  /**
   * The lists of a tree; empty if there are none, or its folders may be classes.
   *
   * @param column the column of the labels, if the user has chosen one
   * @throws DataException if no list has the column
   */
  static List<LabeledFiles.Found> of(Source source, Optional<String> column) {
    String root = root(source.listing().files());
    Set<String> folders = new TreeSet<>();
    for (Source.Entry e : source.listing().files()) {
      if (ImageFormat.isImageName(e.path())) {
        folders.add(folder(e));
      }
    }
    boolean classes =
        folders.size() > 1
            && folders.stream().anyMatch(f -> mayBeClass(f.substring(root.length())));
    List<LabeledFiles.Found> lists =
        column.isEmpty() && classes ? List.of() : lists(source, root, folders, column);
    if (column.isPresent() && lists.isEmpty()) {
      throw new DataException(
          source.description()
              + " has no list of labels with the column '"
              + column.get()
              + "'; expected train.csv or labels.csv beside the images, with a heading; name the"
              + " list by data.labels, or leave out data.label_column");
    }
    return lists;
  }

  /** The folder that holds everything, with a slash at the end; empty for the tree itself. */
  private static String root(List<Source.Entry> files) {
    String root = files.isEmpty() ? "" : folder(files.get(0));
    for (Source.Entry e : files) {
      String folder = folder(e);
      while (!folder.startsWith(root)) {
        root = root.substring(0, root.lastIndexOf('/', root.length() - 2) + 1);
      }
    }
    return root;
  }

  private static String folder(Source.Entry e) {
    return e.path().substring(0, e.path().lastIndexOf('/') + 1);
  }

  private static boolean mayBeClass(String folder) {
    for (String part : folder.split("/")) {
      if (!NO_CLASS.matcher(part.toLowerCase(Locale.ROOT)).matches()) {
        return true;
      }
    }
    return false;
  }

  private static List<LabeledFiles.Found> lists(
      Source source, String root, Set<String> folders, Optional<String> column) {
    Map<String, Source.Entry> tables = new HashMap<>();
    for (Source.Entry e : source.listing().files()) {
      String name = e.path().substring(e.path().lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
      boolean table = name.endsWith(".csv") || name.endsWith(".tsv") || name.endsWith(".txt");
      if (table && e.path().length() == root.length() + name.length()) {
        tables.putIfAbsent(name.substring(0, name.length() - 4), e);
      }
    }
    Optional<LabeledFiles.Found> train =
        first(source, root, folders, tables, column, TRAIN, "train");
    if (train.isEmpty()) {
      return List.of();
    }
    List<LabeledFiles.Found> lists = new ArrayList<>(List.of(train.get()));
    first(source, root, folders, tables, column, VAL, "val").ifPresent(lists::add);
    first(source, root, folders, tables, column, TEST, "test").ifPresent(lists::add);
    return lists.size() > 1
        ? lists
        : List.of(new LabeledFiles.Found(train.get().list(), "", train.get().places()));
  }

  private static Optional<LabeledFiles.Found> first(
      Source source,
      String root,
      Set<String> folders,
      Map<String, Source.Entry> tables,
      Optional<String> column,
      List<String> names,
      String split) {
    List<String> places = places(root, folders, split);
    return names.stream()
        .filter(tables::containsKey)
        .map(n -> new LabeledFiles.Found(Objects.requireNonNull(tables.get(n)), split, places))
        .filter(f -> LabeledFiles.isTable(source, f, column))
        .findFirst();
  }

  /** Folders that paths may be relative to: those named like the split first. */
  private static List<String> places(String root, Set<String> folders, String split) {
    List<String> places = new ArrayList<>(List.of(root));
    List<String> fitting =
        folders.stream()
            .filter(f -> !f.equals(root) && (isOf(f, root, split) || !isOfAny(f, root)))
            .sorted(Comparator.comparing(f -> !isOf(f, root, split)))
            .toList();
    places.addAll(fitting);
    return places;
  }

  private static boolean isOf(String folder, String root, String split) {
    return folder.substring(root.length()).toLowerCase(Locale.ROOT).contains(split);
  }

  private static boolean isOfAny(String folder, String root) {
    return List.of("train", "val", "test").stream().anyMatch(s -> isOf(folder, root, s));
  }
}
