package dev.fovea.data.source;

import dev.fovea.data.archive.FileKind;
import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.archive.Source;
import dev.fovea.data.decode.ImageFormat;
import dev.fovea.data.image.DataException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds splits and classes by the folders of a tree: {@code
 * [anything/][train|val|test/]class/.../image}.
 *
 * <p>A top-level folder named like a split ({@code train}, {@code val}, {@code testing}, ...) is a
 * split if it contains class folders. If it contains images directly, it is a class if there are
 * class folders beside it ({@code car/}, {@code plane/}, {@code train/}); otherwise it is an
 * unlabeled split, which is ignored with a note. A split with a single image folder and a list of
 * labels ({@code val/images} and {@code val/val_annotations.txt}, as in Tiny-ImageNet) takes its
 * labels from that list.
 */
final class ClassFolders {
  /** Names of folders that hold images without classes, in lower case. */
  private static final Set<String> UNLABELED =
      Set.of(
          "images",
          "image",
          "imgs",
          "img",
          "pictures",
          "photos",
          "jpg",
          "jpeg",
          "png",
          "data",
          "all",
          "unknown",
          "unlabeled",
          "unlabelled",
          "test",
          "testing",
          "eval",
          "val",
          "0");

  private final Source source;
  private final String root;
  private final List<IgnoredFile> ignored = new ArrayList<>();
  private final List<String> notes = new ArrayList<>();
  private final Map<String, Top> tops = new TreeMap<>();
  private final List<String> loose = new ArrayList<>();
  private final Map<String, TreeMap<String, List<Source.Entry>>> found = new TreeMap<>();

  /** A top-level folder: images directly in it, images in its subfolders, and other files. */
  private static final class Top {
    final List<Source.Entry> direct = new ArrayList<>();
    final TreeMap<String, List<Source.Entry>> folders = new TreeMap<>();
    final List<Source.Entry> others = new ArrayList<>();

    boolean hasImages() {
      return !direct.isEmpty() || folders.values().stream().anyMatch(f -> !f.isEmpty());
    }

    /** Whether it looks like a split: most of its images are in subfolders. */
    boolean holdsFolders() {
      int inside = folders.values().stream().mapToInt(List::size).sum();
      return direct.isEmpty() ? !folders.isEmpty() : inside >= direct.size();
    }

    boolean hasFilledFolders() {
      return folders.values().stream().anyMatch(f -> !f.isEmpty());
    }

    List<Source.Entry> all() {
      List<Source.Entry> all = new ArrayList<>(direct);
      folders.values().forEach(all::addAll);
      return all;
    }
  }

  private ClassFolders(Source source) {
    this.source = source;
    this.root = commonRoot(source);
    ignored.addAll(source.listing().ignored());
    for (String folder : source.listing().folders()) {
      String[] parts = below(folder).split("/");
      if (!parts[0].isEmpty()) {
        Top top = tops.computeIfAbsent(parts[0], t -> new Top());
        if (parts.length == 2) {
          top.folders.computeIfAbsent(parts[1], f -> new ArrayList<>());
        }
      }
    }
    for (Source.Entry e : source.listing().files()) {
      sort(e);
    }
  }

  /** Determines the layout of a tree without a labels file. */
  static ClassLayout layout(Source source) {
    return new ClassFolders(source).layout();
  }

  private Top top(String name) {
    return Objects.requireNonNull(tops.get(name));
  }

  private void sort(Source.Entry e) {
    String[] parts = below(e.path()).split("/");
    boolean image = ImageFormat.isImageName(e.path());
    if (parts.length == 1 || parts[0].isEmpty()) {
      if (image) {
        loose.add(e.path());
      }
      ignored.add(image ? outside(e, "not in a class folder") : FileKind.ignored(source, e));
      return;
    }
    Top top = tops.computeIfAbsent(parts[0], t -> new Top());
    if (!image) {
      top.others.add(e);
    } else if (parts.length == 2) {
      top.direct.add(e);
    } else {
      top.folders.computeIfAbsent(parts[1], f -> new ArrayList<>()).add(e);
    }
  }

  private static IgnoredFile outside(Source.Entry e, String reason) {
    return new IgnoredFile(e.path(), "outside class folders", reason);
  }

  private ClassLayout layout() {
    List<String> splits = tops.keySet().stream().filter(Split::isSplitFolder).toList();
    List<String> filled =
        splits.stream().filter(s -> top(s).holdsFolders() || isAnnotated(top(s))).toList();
    List<String> others =
        tops.keySet().stream().filter(t -> !Split.isSplitFolder(t) && top(t).hasImages()).toList();
    if (splits.isEmpty() || filled.isEmpty() && !others.isEmpty()) {
      classes(splits);
    } else if (filled.isEmpty()) {
      throw new DataException(flat());
    } else {
      splits(splits, filled, others);
    }
    if (found.values().stream().flatMap(c -> c.values().stream()).allMatch(List::isEmpty)) {
      throw new DataException(flat());
    }
    return ClassLayout.create(
        source.description(), found, Comparator.naturalOrder(), ignored, notes);
  }

  /** Treats every top-level folder as a class. */
  private void classes(List<String> namedAsSplits) {
    tops.forEach((name, top) -> add("", name, top));
    for (String name : namedAsSplits) {
      notes.add(
          name
              + "/ is beside class folders and contains images directly: it is used as a class;"
              + " move it elsewhere if it is not one");
    }
  }

  private void add(String split, String name, Top top) {
    classIn(split, name).addAll(top.all());
    top.others.forEach(e -> ignored.add(FileKind.ignored(source, e)));
  }

  private List<Source.Entry> classIn(String split, String name) {
    return found
        .computeIfAbsent(split.toLowerCase(Locale.ROOT), s -> new TreeMap<>())
        .computeIfAbsent(name, c -> new ArrayList<>());
  }

  private void splits(List<String> splits, List<String> filled, List<String> others) {
    Set<String> rest = new TreeSet<>(others);
    if (filled.size() == 1 && !others.isEmpty()) {
      String only = filled.get(0);
      Set<String> inside = top(only).folders.keySet();
      if (!Split.isTrainFolder(only) && rest.containsAll(inside)) {
        others.forEach(c -> add("train", c, top(c)));
        notes.add(
            "the class folders beside " + only + "/ are used for training, " + only + "/ is not");
        rest.clear();
      } else if (others.size() > 1 || others.stream().anyMatch(inside::contains)) {
        throw new DataException(
            source.description()
                + ": "
                + only
                + "/ could be a split, or a class beside "
                + ClassLayout.shortList(others)
                + "; expected either splits (train/, val/) with class folders in each, or class"
                + " folders alone; move what does not belong here, or list the classes in a labels"
                + " file (data.labels)");
      }
    }
    for (String name : rest) {
      top(name).all().forEach(e -> ignored.add(outside(e, "in no split folder")));
    }
    tops.forEach(
        (name, top) -> {
          if (!Split.isSplitFolder(name) && !found.getOrDefault("train", NONE).containsKey(name)) {
            top.others.forEach(e -> ignored.add(FileKind.ignored(source, e)));
          }
        });
    Set<String> trainClasses = new TreeSet<>(found.getOrDefault("train", NONE).keySet());
    splits.stream()
        .filter(Split::isTrainFolder)
        .forEach(s -> trainClasses.addAll(top(s).folders.keySet()));
    splits.forEach(s -> split(s, top(s), trainClasses));
  }

  private static final TreeMap<String, List<Source.Entry>> NONE = new TreeMap<>();

  private void split(String name, Top top, Set<String> trainClasses) {
    if (!Split.isTrainFolder(name) && isAnnotated(top)) {
      addAnnotated(name, top);
      return;
    }
    top.others.forEach(e -> ignored.add(FileKind.ignored(source, e)));
    if (!Split.isTrainFolder(name) && isUnlabeled(top, trainClasses)) {
      List<Source.Entry> images = top.all();
      images.forEach(
          e ->
              ignored.add(
                  new IgnoredFile(
                      e.path(), "unlabeled", "in " + name + "/, which has no class folders")));
      if (!images.isEmpty()) {
        notes.add(
            name
                + "/ contains "
                + images.size()
                + (images.size() == 1 ? " image" : " images")
                + " outside class folders: it is ignored as unlabeled");
      }
      return;
    }
    top.direct.forEach(e -> ignored.add(outside(e, "not in a class folder")));
    top.folders.forEach((c, files) -> classIn(name, c).addAll(files));
  }

  private static boolean isUnlabeled(Top top, Set<String> trainClasses) {
    if (!top.hasFilledFolders()) {
      return !top.direct.isEmpty() || top.folders.isEmpty();
    }
    String only = top.folders.firstKey();
    return top.folders.size() == 1
        && !trainClasses.isEmpty()
        && !trainClasses.contains(only)
        && UNLABELED.contains(only.toLowerCase(Locale.ROOT));
  }

  private static boolean isAnnotated(Top top) {
    return top.others.stream().anyMatch(ClassFolders::isAnnotation)
        && (top.folders.size() <= 1)
        && top.hasImages();
  }

  private static boolean isAnnotation(Source.Entry e) {
    return e.path().toLowerCase(Locale.ROOT).endsWith("_annotations.txt");
  }

  private void addAnnotated(String name, Top top) {
    Source.Entry list =
        top.others.stream().filter(ClassFolders::isAnnotation).findFirst().orElseThrow();
    top.others.stream()
        .filter(e -> !e.equals(list))
        .forEach(e -> ignored.add(FileKind.ignored(source, e)));
    List<String> places = new ArrayList<>(List.of(root + name + "/"));
    top.folders.keySet().forEach(f -> places.add(root + name + "/" + f + "/"));
    LabeledFiles labels = LabeledFiles.of(source, top.all(), list, places);
    labels.rows().forEach((entry, row) -> classIn(name, row.label()).add(entry));
    ignored.addAll(labels.unnamed());
  }

  private String flat() {
    List<String> names = new ArrayList<>(loose);
    boolean train =
        tops.entrySet().stream()
            .anyMatch(t -> Split.isTrainFolder(t.getKey()) && !t.getValue().direct.isEmpty());
    tops.forEach(
        (t, top) -> {
          if (!train || Split.isTrainFolder(t)) {
            top.direct.forEach(e -> names.add(e.path()));
          }
        });
    names.sort(Comparator.naturalOrder());
    String expected =
        source.description()
            + " contains no images in class folders; expected CLASS/image.jpg (or png, gif, bmp,"
            + " webp, ...), optionally inside train/, val/ or test/; ";
    if (!names.isEmpty()) {
      return expected + asSplits() + FileNameClasses.advice(source.description(), names);
    }
    List<IgnoredFile> files = new ArrayList<>(ignored);
    tops.values().forEach(t -> t.others.forEach(e -> files.add(FileKind.ignored(source, e))));
    return expected
        + (files.isEmpty()
            ? "check the path"
            : IgnoredFile.summary(files) + ", for example " + files.get(0));
  }

  /** Explains that split folders with images directly in them are not classes, if several have. */
  private String asSplits() {
    List<String> held =
        tops.entrySet().stream()
            .filter(t -> Split.isSplitFolder(t.getKey()) && !t.getValue().direct.isEmpty())
            .map(t -> t.getKey() + "/")
            .toList();
    return held.size() < 2
        ? ""
        : String.join(" and ", held)
            + " are splits by their names, not classes; if they are classes, rename them, for"
            + " example to class-"
            + held.get(0)
            + "; if not, ";
  }

  private String below(String path) {
    return below(path, root);
  }

  private static String below(String path, String root) {
    return path.startsWith(root) ? path.substring(root.length()) : "";
  }

  /**
   * The folders that wrap the whole tree, as in many archives; never a split folder or the only
   * class.
   */
  static String commonRoot(Source source) {
    List<String> images =
        source.listing().files().stream()
            .map(Source.Entry::path)
            .filter(ImageFormat::isImageName)
            .toList();
    String root = "";
    while (!images.isEmpty()) {
      String first = below(images.get(0), root);
      int slash = first.indexOf('/');
      if (slash < 0 || Split.isSplitFolder(first.substring(0, slash))) {
        return root;
      }
      String longer = root + first.substring(0, slash + 1);
      boolean wraps =
          images.stream()
              .allMatch(p -> p.startsWith(longer) && p.indexOf('/', longer.length()) >= 0);
      String parent = root;
      boolean alone =
          source.listing().folders().stream()
              .allMatch(
                  f ->
                      (f + "/").startsWith(longer)
                          || longer.startsWith(f + "/")
                          || !f.startsWith(parent));
      if (!wraps || !alone) {
        return root;
      }
      root = longer;
    }
    return root;
  }
}
