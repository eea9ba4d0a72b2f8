package dev.fovea.data.source;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Picture;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * A data set relabeled by another class list that contains all of its classes; owns the underlying
 * set.
 */
final class ReindexedDataset extends ForwardingDataset {
  private final List<String> classes;
  private final int[] labels;
  private final List<String> notes;

  private ReindexedDataset(Dataset set, List<String> classes, int[] labels, List<String> notes) {
    super(set);
    this.classes = List.copyOf(classes);
    this.labels = labels;
    this.notes = notes;
  }

  static Dataset of(Dataset set, List<String> classes) {
    if (set.classes().equals(classes)) {
      return set;
    }
    List<String> extra = set.classes().stream().filter(c -> !classes.contains(c)).toList();
    if (!extra.isEmpty()) {
      Optional<Dataset> named = byDisplayNames(set, classes);
      if (named.isPresent()) {
        return named.get();
      }
      throw new DataException(
          set.description()
              + " has "
              + extra.size()
              + (extra.size() == 1 ? " class" : " classes")
              + " that are not among the "
              + classes.size()
              + " expected ones ("
              + ClassLayout.shortList(classes)
              + "): "
              + ClassLayout.shortList(extra)
              + "; rename or remove them");
    }
    int[] labels = set.classes().stream().mapToInt(classes::indexOf).toArray();
    return new ReindexedDataset(set, classes, labels, notes(set, classes, labels));
  }

  /** Empty if not all classes of the set are found in the list by what people call them. */
  private static Optional<Dataset> byDisplayNames(Dataset set, List<String> classes) {
    Map<String, Integer> known = new HashMap<>();
    for (int c = 0; c < classes.size(); c++) {
      if (known.put(plain(classes.get(c)), c) != null) {
        return Optional.empty();
      }
    }
    int[] labels = new int[set.classes().size()];
    Set<Integer> taken = new HashSet<>();
    for (int c = 0; c < labels.length; c++) {
      String name = set.displayNames().get(c);
      String full = plain(name + " (" + set.classes().get(c) + ")");
      Integer label = known.getOrDefault(full, known.get(plain(name)));
      if (label == null || !taken.add(label)) {
        return Optional.empty();
      }
      labels[c] = label;
    }
    List<String> notes = new ArrayList<>(notes(set, classes, labels));
    notes.add(
        "the classes of "
            + set.description()
            + " are matched by their names, for example "
            + set.classes().get(0)
            + " as "
            + classes.get(labels[0]));
    return Optional.of(new ReindexedDataset(set, classes, labels, List.copyOf(notes)));
  }

  /** A name without its synonyms and without differences of spelling that lists of names have. */
  private static String plain(String name) {
    int comma = name.indexOf(',');
    String first = comma < 0 ? name : name.substring(0, comma);
    return first.replace('_', ' ').strip().toLowerCase(Locale.ROOT);
  }

  private static List<String> notes(Dataset set, List<String> classes, int[] labels) {
    Set<Integer> used = Arrays.stream(labels).boxed().collect(Collectors.toSet());
    List<String> missing =
        IntStream.range(0, classes.size())
            .filter(c -> !used.contains(c))
            .mapToObj(classes::get)
            .toList();
    List<String> notes = new ArrayList<>(set.notes());
    if (!missing.isEmpty()) {
      notes.add(
          set.description()
              + " has no images of "
              + missing.size()
              + (missing.size() == 1 ? " class: " : " classes: ")
              + ClassLayout.shortList(missing));
    }
    return List.copyOf(notes);
  }

  @Override
  public List<String> classes() {
    return classes;
  }

  /** What the set calls those of the classes that it has, and the names of the others. */
  @Override
  public List<String> displayNames() {
    List<String> names = new ArrayList<>(classes);
    for (int c = 0; c < labels.length; c++) {
      names.set(labels[c], set().displayNames().get(c));
    }
    return List.copyOf(names);
  }

  @Override
  public int label(int i) {
    return labels[set().label(i)];
  }

  @Override
  public Picture picture(int i) {
    return set().picture(i);
  }

  @Override
  public List<String> notes() {
    return notes;
  }

  /** That of the classes and labels it has now. */
  @Override
  public String fingerprint() {
    return Dataset.hash(this);
  }
}
