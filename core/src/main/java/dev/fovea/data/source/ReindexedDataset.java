package dev.fovea.data.source;

import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A data set relabeled by another class list that contains all of its classes; owns the underlying
 * set.
 */
final class ReindexedDataset implements Dataset {
  private final Dataset set;
  private final List<String> classes;
  private final int[] labels;
  private final List<String> notes;

  private ReindexedDataset(Dataset set, List<String> classes, int[] labels, List<String> notes) {
    this.set = set;
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
    List<String> missing = classes.stream().filter(c -> !set.classes().contains(c)).toList();
    List<String> notes = new ArrayList<>(set.notes());
    if (!missing.isEmpty()) {
      notes.add(
          set.description()
              + " has no images of "
              + missing.size()
              + (missing.size() == 1 ? " class: " : " classes: ")
              + ClassLayout.shortList(missing));
    }
    return new ReindexedDataset(set, classes, labels, List.copyOf(notes));
  }

  @Override
  public String description() {
    return set.description();
  }

  @Override
  public List<String> classes() {
    return classes;
  }

  @Override
  public int size() {
    return set.size();
  }

  @Override
  public int label(int i) {
    return labels[set.label(i)];
  }

  @Override
  public String name(int i) {
    return set.name(i);
  }

  @Override
  public long bytes(int i) {
    return set.bytes(i);
  }

  @Override
  public long checksum(int i) {
    return set.checksum(i);
  }

  @Override
  public Optional<byte[]> encoded(int i) {
    return set.encoded(i);
  }

  @Override
  public Image image(int i) {
    return set.image(i);
  }

  @Override
  public Picture picture(int i) {
    return set.picture(i);
  }

  @Override
  public List<BadImage> bad() {
    return set.bad();
  }

  @Override
  public List<IgnoredFile> ignored() {
    return set.ignored();
  }

  @Override
  public List<String> notes() {
    return notes;
  }

  @Override
  public void verifyUnchanged() {
    set.verifyUnchanged();
  }

  @Override
  public void close() {
    set.close();
  }
}
