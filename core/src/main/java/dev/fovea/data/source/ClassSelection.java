package dev.fovea.data.source;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Picture;
import java.util.HashSet;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The images of some classes of a data set, in its order, with these classes alone: labels are
 * indices into the selected list. Owns that data set.
 */
public final class ClassSelection extends ForwardingDataset {
  private final List<String> classes;
  private final int[] labels;

  private ClassSelection(Subset images, List<String> classes) {
    super(images);
    this.classes = classes;
    this.labels = images.classes().stream().mapToInt(classes::indexOf).toArray();
  }

  /**
   * Selects classes.
   *
   * @param all closed with the result
   * @param classes in the order of the new labels
   * @throws DataException if {@code all} does not have one of them, one is named twice, or none of
   *     them has images
   */
  public static Dataset of(Dataset all, List<String> classes) {
    if (!all.classes().containsAll(classes)) {
      List<String> extra = classes.stream().filter(c -> !all.classes().contains(c)).toList();
      throw new DataException(
          all.description()
              + " has no class "
              + ClassLayout.shortList(extra)
              + "; it has "
              + ClassLayout.shortList(all.classes()));
    }
    if (new HashSet<>(classes).size() < classes.size()) {
      throw new DataException(
          "a selection names each class once, got " + ClassLayout.shortList(classes));
    }
    int[] items =
        IntStream.range(0, all.size())
            .filter(i -> classes.contains(all.classes().get(all.label(i))))
            .toArray();
    String description = ClassLayout.shortList(classes) + " of " + all.description();
    if (items.length == 0) {
      throw new DataException(description + " has no images; select classes that have some");
    }
    return new ClassSelection(new Subset(all, items, description), List.copyOf(classes));
  }

  @Override
  public List<String> classes() {
    return classes;
  }

  @Override
  public List<String> displayNames() {
    List<String> all = set().classes();
    return classes.stream().map(c -> set().displayNames().get(all.indexOf(c))).toList();
  }

  @Override
  public int label(int i) {
    return labels[set().label(i)];
  }

  @Override
  public Picture picture(int i) {
    return set().picture(i);
  }

  /** That of the selected images with their new labels. */
  @Override
  public String fingerprint() {
    return Dataset.hash(this);
  }
}
