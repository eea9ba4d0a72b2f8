package dev.fovea.data.source;

import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.archive.ImageIndex;
import dev.fovea.data.archive.TarShards;
import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.image.DataException;
import dev.fovea.tensor.Decimals;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * The splits of a set of tar archives whose images have labels beside them (WebDataset), or are in
 * archives of their class.
 *
 * <p>Labels that are all whole numbers are indices into the class names, where a file gives these;
 * without one, the numbers that occur are the classes, by value. Other labels are the classes,
 * sorted, or have to be among the names of the file.
 */
final class ShardParts implements Parts {
  private static final Pattern NUMBER = Pattern.compile("[0-9]{1,9}");

  /** The most classes, far above any set: more are captions or names of files. */
  private static final int MOST_CLASSES = 100_000;

  /** Unlabeled images that are named one by one. */
  private static final int SHOWN = 100;

  private final ShardFiles files;
  private final TarShards shards;
  private final Map<String, List<Integer>> splits;
  private final Classes classes;
  private final List<IgnoredFile> ignored;
  private final List<String> notes;
  private final DecodeLimits limits;

  /**
   * The classes and where they come from.
   *
   * @param names in label order
   * @param displayNames what people call them, in the same order
   * @param ofLabel the class of each label of the index; -1 for one that no split uses
   * @param given the classes of the images of archives whose labels are not in the index, by the
   *     number of the archive
   */
  record Classes(
      List<String> names, List<String> displayNames, int[] ofLabel, Map<Integer, int[]> given) {
    /** The classes of the images of an archive in its order; -1 for those without. */
    int[] of(ImageIndex index, int archive) {
      int[] known = given.get(archive);
      return known != null
          ? known
          : Arrays.stream(index.labels(archive)).map(l -> l < 0 ? -1 : ofLabel[l]).toArray();
    }
  }

  ShardParts(
      ShardFiles files,
      TarShards shards,
      Map<String, List<Integer>> splits,
      Classes classes,
      List<IgnoredFile> ignored,
      List<String> notes,
      DecodeLimits limits) {
    this.files = files;
    this.shards = shards;
    this.splits = splits;
    this.classes = classes;
    this.ignored = ignored;
    this.notes = notes;
    this.limits = limits;
  }

  /**
   * Lists archives and numbers their classes.
   *
   * @throws DataException if an archive cannot be read, or the images have no labels that fit
   *     together
   */
  static ShardParts open(ShardFiles files, DatasetOptions options) {
    if (options.labels().isPresent()) {
      throw new DataException(
          files.description()
              + " is a set of archives with labels inside; expected no labels file; leave out"
              + " data.labels");
    }
    TarShards shards =
        TarShards.open(
            files.description(), files.files(), options.labelColumn(), options.threads());
    try {
      return open(files, shards, options);
    } catch (RuntimeException e) {
      shards.close();
      throw e;
    }
  }

  private static ShardParts open(ShardFiles files, TarShards shards, DatasetOptions options) {
    ImageIndex index = shards.index();
    List<IgnoredFile> ignored = new ArrayList<>(files.others());
    ignored.addAll(index.ignored());
    Map<String, List<Integer>> splits = splits(files, index, ignored);
    if (index.labels().isEmpty() && index.size() > 0 && areSynsets(files)) {
      return new ShardParts(
          files, shards, splits, synsets(files, index), ignored, List.of(), options.limits());
    }
    Map<String, boolean[]> used = new TreeMap<>();
    splits.forEach((split, archives) -> used.put(split, usedLabels(index, archives, ignored)));
    checkLabeled(files, index, used.values(), options);
    Optional<List<String>> named =
        options.classes().map(ClassNames::read).or(() -> ClassNames.beside(files.folder()));
    List<String> notes = new ArrayList<>();
    boolean numbers =
        occurring(index, used.values()).stream().allMatch(l -> NUMBER.matcher(l).matches());
    List<String> classes =
        named.isPresent()
            ? List.copyOf(named.get())
            : sorted(occurring(index, training(used)), numbers);
    int[] classOf = classOf(files, index, used, classes, numbers && named.isPresent());
    used.forEach((split, labels) -> noteMissing(files, split, labels, classes, classOf, notes));
    return new ShardParts(
        files,
        shards,
        splits,
        new Classes(classes, classes, classOf, Map.of()),
        ignored,
        notes,
        options.limits());
  }

  /** Whether every archive is called like a synset, as ImageNet's are inside the large one. */
  private static boolean areSynsets(ShardFiles files) {
    return files.files().stream()
        .allMatch(f -> ImageNetLabels.SYNSET.matcher(ShardFiles.stem(f)).matches());
  }

  private static Classes synsets(ShardFiles files, ImageIndex index) {
    List<String> names = files.files().stream().map(ShardFiles::stem).distinct().sorted().toList();
    ImageNetLabels known = new ImageNetLabels(files.folder());
    Map<Integer, int[]> given = new HashMap<>();
    for (int a = 0; a < index.archives(); a++) {
      int[] labels = new int[index.first(a + 1) - index.first(a)];
      Arrays.fill(labels, names.indexOf(ShardFiles.stem(files.files().get(a))));
      given.put(a, labels);
    }
    return new Classes(names, names.stream().map(known::name).toList(), new int[0], given);
  }

  /** The archives of every split, by their numbers. */
  private static Map<String, List<Integer>> splits(
      ShardFiles files, ImageIndex index, List<IgnoredFile> ignored) {
    Map<String, List<Integer>> splits = new TreeMap<>();
    for (int a = 0; a < index.archives(); a++) {
      splits.computeIfAbsent(files.split(a), s -> new ArrayList<>()).add(a);
    }
    List<Integer> without = splits.getOrDefault("", List.of());
    if (splits.size() > 1 && !without.isEmpty()) {
      for (int a : without) {
        ignored.add(
            new IgnoredFile(
                index.archive(a),
                "in no split",
                "its name has no split (train, val, test), but those of others have"));
      }
      splits.remove("");
    }
    return splits;
  }

  private static boolean[] usedLabels(
      ImageIndex index, List<Integer> archives, List<IgnoredFile> ignored) {
    boolean[] used = new boolean[index.labels().size()];
    long unlabeled = 0;
    for (int a : archives) {
      int[] labels = index.labels(a);
      for (int k = 0; k < labels.length; k++) {
        if (labels[k] >= 0) {
          used[labels[k]] = true;
        } else if (++unlabeled <= SHOWN) {
          ignored.add(
              new IgnoredFile(
                  index.name(index.first(a) + k),
                  "unlabeled",
                  "no .cls, .json or .txt member with its key follows or precedes it and holds a"
                      + " label"));
        }
      }
    }
    if (unlabeled > SHOWN) {
      ignored.add(
          new IgnoredFile("...", "unlabeled", "and " + (unlabeled - SHOWN) + " more images"));
    }
    return used;
  }

  private static void checkLabeled(
      ShardFiles files, ImageIndex index, Collection<boolean[]> used, DatasetOptions options) {
    if (index.size() == 0) {
      throw new DataException(
          files.description()
              + " has no images in its archives; expected KEY.jpg (or png, webp, ...) with KEY.cls"
              + " beside it; "
              + (index.ignored().isEmpty()
                  ? "check the path"
                  : IgnoredFile.summary(index.ignored())
                      + ", for example "
                      + index.ignored().get(0)));
    }
    int labels = occurring(index, used).size();
    if (labels == 0) {
      throw new DataException(
          files.description()
              + " has "
              + index.size()
              + (index.size() == 1 ? " image" : " images")
              + " without labels, for example "
              + index.name(0)
              + "; expected KEY.cls, "
              + options
                  .labelColumn()
                  .map(c -> "or a field '" + c + "' in KEY.json")
                  .orElse("a field 'label' in KEY.json, or KEY.txt")
              + ", beside KEY.jpg in the same archive; name another field of KEY.json by"
              + " data.label_column, and open a single archive of class folders by its own path");
    }
    if (labels > MOST_CLASSES || labels > 1000 && labels > index.size() / 2) {
      throw new DataException(
          files.description()
              + " has "
              + labels
              + " different labels for "
              + Decimals.count(index.size(), "image")
              + ", for example '"
              + index.labels().get(0)
              + "'; expected classes, but these look like captions; name the field of KEY.json that"
              + " holds the class by data.label_column");
    }
  }

  private static List<String> occurring(ImageIndex index, Collection<boolean[]> used) {
    List<String> labels = new ArrayList<>();
    for (int l = 0; l < index.labels().size(); l++) {
      int label = l;
      if (used.stream().anyMatch(u -> u[label])) {
        labels.add(index.labels().get(l));
      }
    }
    return labels;
  }

  /** The labels of the training part; of all if there is none. */
  private static Collection<boolean[]> training(Map<String, boolean[]> used) {
    List<boolean[]> training =
        used.entrySet().stream()
            .filter(e -> Split.isTrainFolder(e.getKey()))
            .map(Map.Entry::getValue)
            .toList();
    return training.isEmpty() ? used.values() : training;
  }

  private static List<String> sorted(List<String> labels, boolean numbers) {
    Comparator<String> order =
        numbers
            ? Comparator.<String>comparingInt(Integer::parseInt)
                .thenComparing(Comparator.naturalOrder())
            : Comparator.naturalOrder();
    return labels.stream().sorted(order).toList();
  }

  /** The class of each label. */
  private static int[] classOf(
      ShardFiles files,
      ImageIndex index,
      Map<String, boolean[]> used,
      List<String> classes,
      boolean byNumber) {
    Map<String, Integer> numbers = new HashMap<>();
    for (int c = 0; c < classes.size(); c++) {
      numbers.put(classes.get(c), c);
    }
    int[] classOf = new int[index.labels().size()];
    Arrays.fill(classOf, -1);
    List<String> extra = new ArrayList<>();
    for (int l = 0; l < classOf.length; l++) {
      int label = l;
      if (used.values().stream().noneMatch(u -> u[label])) {
        continue;
      }
      String text = index.labels().get(l);
      int c = byNumber ? Integer.parseInt(text) : numbers.getOrDefault(text, -1);
      if (c < 0 || c >= classes.size()) {
        extra.add(text);
      } else {
        classOf[l] = c;
      }
    }
    if (!extra.isEmpty()) {
      throw new DataException(
          files.description()
              + " has "
              + extra.size()
              + (extra.size() == 1 ? " label" : " labels")
              + " that "
              + (extra.size() == 1 ? "is" : "are")
              + " not among the "
              + Decimals.count(classes.size(), "class")
              + " ("
              + ClassLayout.shortList(classes)
              + "): "
              + ClassLayout.shortList(extra)
              + "; expected the classes of the training part, or the names of the file of class"
              + " names, or numbers from 0 that count these; correct that file");
    }
    return classOf;
  }

  private static void noteMissing(
      ShardFiles files,
      String split,
      boolean[] labels,
      List<String> classes,
      int[] classOf,
      List<String> notes) {
    boolean[] has = new boolean[classes.size()];
    for (int l = 0; l < labels.length; l++) {
      if (labels[l]) {
        has[classOf[l]] = true;
      }
    }
    List<String> empty = new ArrayList<>();
    for (int c = 0; c < has.length; c++) {
      if (!has[c]) {
        empty.add(classes.get(c));
      }
    }
    if (!empty.isEmpty()) {
      notes.add(
          (split.isEmpty() ? "" : split + " of ")
              + files.description()
              + " has no images of "
              + empty.size()
              + (empty.size() == 1 ? " class: " : " classes: ")
              + ClassLayout.shortList(empty));
    }
  }

  @Override
  public String description() {
    return files.description();
  }

  @Override
  public Set<String> splits() {
    return splits.keySet();
  }

  @Override
  public String advice(Split split) {
    return (splits.containsKey("")
            ? "only archives without the name of a split"
            : "only " + String.join(", ", splits.keySet()))
        + "; expected archives named "
        + split.folders().get(0)
        + "-000000.tar and so on"
        + (split == Split.TRAIN
            ? "; add them, or rename these"
            : ", or a validation fraction above 0 to hold out a part; add them or set the"
                + " fraction");
  }

  @Override
  public Dataset open(String description, Collection<String> chosen) {
    ImageIndex index = shards.index();
    List<Integer> archives = new ArrayList<>();
    chosen.forEach(s -> archives.addAll(splits.getOrDefault(s, List.of())));
    int most = archives.stream().mapToInt(a -> index.first(a + 1) - index.first(a)).sum();
    int[] items = new int[most];
    int[] labels = new int[most];
    int n = 0;
    for (int a : archives) {
      int[] theirs = classes.of(index, a);
      for (int k = 0; k < theirs.length; k++) {
        if (theirs[k] >= 0) {
          items[n] = index.first(a) + k;
          labels[n++] = theirs[k];
        }
      }
    }
    return new ShardDataset(
        shards,
        new ShardDataset.About(
            description + " of " + files.description(),
            classes.names(),
            classes.displayNames(),
            ignored,
            notes,
            limits),
        Arrays.copyOf(items, n),
        Arrays.copyOf(labels, n));
  }

  @Override
  public void checkTrainable() {
    if (classes.names().size() < 2) {
      throw new DataException(
          files.description()
              + " has a single class, "
              + classes.names().get(0)
              + "; expected at least two labels; check the labels");
    }
  }

  @Override
  public void close() {
    shards.close();
  }
}
