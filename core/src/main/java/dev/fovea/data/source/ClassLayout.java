package dev.fovea.data.source;

import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.archive.Source;
import dev.fovea.data.image.DataException;
import dev.fovea.tensor.Decimals;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The splits and classes of a file tree, determined by its folders ({@link ClassFolders}) or by a
 * labels file ({@link LabeledFiles}), which is named or found ({@link FoundLabels}).
 *
 * <p>The classes are those of the training split, or of all images if there is none. Other splits
 * may lack some of them, which is noted, but may not have others.
 *
 * @param splits images by lower-case split name; a single split {@code ""} if the tree has no
 *     splits
 * @param classes class names in label order
 * @param ignored files that are not images of a class
 * @param notes how the tree was interpreted, where that might be unexpected
 */
record ClassLayout(
    Map<String, List<Item>> splits,
    List<String> classes,
    List<IgnoredFile> ignored,
    List<String> notes) {
  /** An image and its label. */
  record Item(Source.Entry entry, int label) {}

  static ClassLayout of(Source source, DatasetOptions options) {
    Optional<String> column = options.labelColumn();
    if (options.labels().isPresent()) {
      return LabeledFiles.layout(source, options.labels().get(), column);
    }
    List<LabeledFiles.Found> lists = FoundLabels.of(source, column);
    return lists.isEmpty()
        ? ClassFolders.layout(source)
        : LabeledFiles.layout(source, lists, column);
  }

  /**
   * Checks the classes of all splits and numbers them.
   *
   * @param where names the source in messages
   * @param found images by split and class; classes may be empty
   * @param order order of the classes
   */
  static ClassLayout create(
      String where,
      Map<String, ? extends Map<String, List<Source.Entry>>> found,
      Comparator<String> order,
      List<IgnoredFile> ignored,
      List<String> notes) {
    SortedSet<String> classes = new TreeSet<>(order);
    Optional<String> train = found.keySet().stream().filter(Split::isTrainFolder).findFirst();
    found.forEach(
        (split, c) -> {
          if (train.isEmpty() || train.get().equals(split)) {
            classes.addAll(c.keySet());
          }
        });
    List<String> allNotes = new ArrayList<>(notes);
    found.forEach(
        (split, c) -> {
          String part = split.isEmpty() ? where : where + "/" + split;
          boolean training = split.isEmpty() || train.isPresent() && split.equals(train.get());
          checkClasses(part, c, classes, training, allNotes);
        });
    List<String> names = List.copyOf(classes);
    Map<String, List<Item>> splits = new TreeMap<>();
    found.forEach(
        (split, c) -> {
          List<Item> items = new ArrayList<>();
          for (int label = 0; label < names.size(); label++) {
            int l = label;
            c.getOrDefault(names.get(label), List.of()).stream()
                .sorted(Comparator.comparing(Source.Entry::path))
                .forEach(e -> items.add(new Item(e, l)));
          }
          splits.put(split, items);
        });
    return new ClassLayout(splits, names, List.copyOf(ignored), List.copyOf(allNotes));
  }

  /**
   * Returns this layout.
   *
   * @throws DataException if it has a single class
   */
  ClassLayout withSeveralClasses(String where) {
    if (classes.size() < 2) {
      throw new DataException(
          where
              + " has a single class, "
              + classes.get(0)
              + "; expected at least two class folders; "
              + sorting(where).orElse("name the folder that contains the class folders"));
    }
    return this;
  }

  /** How to sort the images of the only class, if its folder holds several by their names. */
  private Optional<String> sorting(String where) {
    List<String> paths =
        splits.values().stream().flatMap(List::stream).map(i -> i.entry().path()).sorted().toList();
    boolean classFolder =
        paths.stream()
            .map(p -> "/" + p.substring(0, p.lastIndexOf('/') + 1))
            .allMatch(f -> f.endsWith("/" + classes.get(0) + "/"));
    return classFolder
        ? FileNameClasses.sorting(where, paths)
            .map(how -> "the images are all in one folder, but " + how)
        : Optional.empty();
  }

  private static void checkClasses(
      String part,
      Map<String, List<Source.Entry>> have,
      Set<String> all,
      boolean training,
      List<String> notes) {
    List<String> extra = have.keySet().stream().filter(c -> !all.contains(c)).sorted().toList();
    if (!extra.isEmpty()) {
      throw new DataException(
          part
              + " has classes that the training split does not have: "
              + shortList(extra)
              + "; expected only classes of the training split; rename or remove them, or add them"
              + " to the training split");
    }
    List<String> empty =
        all.stream().filter(c -> have.getOrDefault(c, List.of()).isEmpty()).toList();
    if (empty.isEmpty()) {
      return;
    }
    if (training) {
      throw new DataException(
          part
              + " has class folders without images: "
              + shortList(empty)
              + "; expected at least one image per class; fill or remove them");
    }
    notes.add(part + " has no images of " + counted(empty.size()) + ": " + shortList(empty));
  }

  private static String counted(int classes) {
    return Decimals.count(classes, "class");
  }

  static String shortList(Collection<String> names) {
    List<String> some = names.stream().limit(5).toList();
    return String.join(", ", some)
        + (names.size() > 5 ? " and " + (names.size() - 5) + " more" : "");
  }
}
