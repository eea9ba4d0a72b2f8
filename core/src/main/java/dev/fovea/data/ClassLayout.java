package dev.fovea.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Finds splits and classes in a tree of files: {@code
 * [anything/][train|val|test/]class/.../picture}.
 *
 * @param splits pictures by lower-case split folder; one part named {@code ""} where the tree has
 *     no split folders
 * @param classes sorted names
 * @param ignored what is no picture of a class
 */
record ClassLayout(Map<String, List<Item>> splits, List<String> classes, List<String> ignored) {
  /** A picture and its class. */
  record Item(Source.Entry entry, int label) {}

  static ClassLayout of(Source source) {
    String root = commonRoot(source);
    List<String> ignored = new ArrayList<>();
    source.listing().ignored().forEach(i -> ignored.add(i.toString()));
    Map<String, TreeMap<String, List<Source.Entry>>> found = new TreeMap<>();
    boolean split = hasSplitFolders(source, root);
    for (String folder : source.listing().folders()) {
      String[] parts = below(folder, root).split("/");
      if (split && parts.length == 2 && Split.isSplitFolder(parts[0])) {
        classIn(found, parts[0], parts[1]);
      } else if (!split && parts.length == 1 && !parts[0].isEmpty()) {
        classIn(found, "", parts[0]);
      }
    }
    int depth = split ? 2 : 1;
    for (Source.Entry e : source.listing().files()) {
      String[] parts = below(e.path(), root).split("/");
      if (!ImageFormat.isImageName(e.path())) {
        ignored.add(e.path() + ": not a picture by its name");
      } else if (parts.length <= depth || split && !Split.isSplitFolder(parts[0])) {
        ignored.add(e.path() + ": not in a class folder");
      } else {
        classIn(found, split ? parts[0] : "", parts[depth - 1]).add(e);
      }
    }
    return checked(source.description(), found, ignored);
  }

  private static List<Source.Entry> classIn(
      Map<String, TreeMap<String, List<Source.Entry>>> found, String split, String name) {
    return found
        .computeIfAbsent(split.toLowerCase(Locale.ROOT), s -> new TreeMap<>())
        .computeIfAbsent(name, c -> new ArrayList<>());
  }

  private static String below(String path, String root) {
    return path.startsWith(root) ? path.substring(root.length()) : "";
  }

  /**
   * The folders that wrap everything, as archives often have; never a split folder nor the only
   * class.
   */
  private static String commonRoot(Source source) {
    List<String> pictures =
        source.listing().files().stream()
            .map(Source.Entry::path)
            .filter(ImageFormat::isImageName)
            .toList();
    String root = "";
    while (!pictures.isEmpty()) {
      String first = below(pictures.get(0), root);
      int slash = first.indexOf('/');
      if (slash < 0 || Split.isSplitFolder(first.substring(0, slash))) {
        return root;
      }
      String longer = root + first.substring(0, slash + 1);
      boolean wraps =
          pictures.stream()
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

  private static boolean hasSplitFolders(Source source, String root) {
    return source.listing().files().stream()
            .map(e -> below(e.path(), root))
            .anyMatch(
                p -> p.indexOf('/') > 0 && Split.isSplitFolder(p.substring(0, p.indexOf('/'))))
        || source.listing().folders().stream()
            .map(f -> below(f, root))
            .anyMatch(Split::isSplitFolder);
  }

  private static ClassLayout checked(
      String where, Map<String, TreeMap<String, List<Source.Entry>>> found, List<String> ignored) {
    if (found.values().stream().flatMap(c -> c.values().stream()).allMatch(List::isEmpty)) {
      throw new DataException(
          where
              + " holds no pictures in class folders; expected CLASS/picture.jpg (or png, gif, bmp,"
              + " webp, tif, ppm), with or without train/, val/ or test/ above; "
              + (ignored.isEmpty() ? "check the path" : "ignored, for example: " + ignored.get(0)));
    }
    SortedSet<String> classes = new TreeSet<>();
    found.values().forEach(c -> classes.addAll(c.keySet()));
    found.forEach(
        (split, c) -> checkClasses(where + (split.isEmpty() ? "" : "/" + split), c, classes));
    if (classes.size() < 2) {
      throw new DataException(
          where
              + " has a single class, "
              + classes.first()
              + "; expected at least two class folders; give the folder that holds the class"
              + " folders");
    }
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
    return new ClassLayout(splits, names, List.copyOf(ignored));
  }

  private static void checkClasses(
      String where, TreeMap<String, List<Source.Entry>> have, SortedSet<String> all) {
    SortedSet<String> missing = new TreeSet<>(all);
    missing.removeAll(have.keySet());
    if (!missing.isEmpty()) {
      throw new DataException(
          where
              + " lacks the class folders "
              + shortList(missing)
              + " that another split has; expected the same classes in every split; add or remove"
              + " them");
    }
    SortedSet<String> empty = new TreeSet<>();
    have.forEach(
        (name, files) -> {
          if (files.isEmpty()) {
            empty.add(name);
          }
        });
    if (!empty.isEmpty()) {
      throw new DataException(
          where
              + " has class folders without pictures: "
              + shortList(empty)
              + "; expected at least one picture per class; fill or remove them");
    }
  }

  private static String shortList(SortedSet<String> names) {
    List<String> some = names.stream().limit(5).toList();
    return String.join(", ", some)
        + (names.size() > 5 ? " and " + (names.size() - 5) + " more" : "");
  }
}
