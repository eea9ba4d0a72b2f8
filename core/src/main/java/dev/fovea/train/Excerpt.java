package dev.fovea.train;

import dev.fovea.data.Dataset;
import dev.fovea.data.Image;
import java.util.List;
import java.util.Optional;

/**
 * So many pictures of a data set, spread evenly over it; sets in the order of their classes give
 * some of each. Does not own the set.
 */
record Excerpt(Dataset all, int size) implements Dataset {

  static Excerpt of(Dataset all, int size) {
    if (size > all.size()) {
      throw new ConfigException(
          "data.overfit is "
              + size
              + ", but "
              + all.description()
              + " has only "
              + all.size()
              + " pictures; lower --overfit");
    }
    return new Excerpt(all, size);
  }

  private int place(int i) {
    return (int) ((long) i * all.size() / size);
  }

  @Override
  public String description() {
    return size + " pictures of " + all.description();
  }

  @Override
  public List<String> classes() {
    return all.classes();
  }

  @Override
  public int label(int i) {
    return all.label(place(i));
  }

  @Override
  public String name(int i) {
    return all.name(place(i));
  }

  @Override
  public long bytes(int i) {
    return all.bytes(place(i));
  }

  @Override
  public Optional<byte[]> encoded(int i) {
    return all.encoded(place(i));
  }

  @Override
  public Image image(int i) {
    return all.image(place(i));
  }

  @Override
  public long checksum(int i) {
    return all.checksum(place(i));
  }

  @Override
  public void verifyUnchanged() {
    all.verifyUnchanged();
  }

  @Override
  public void close() {
    // The set is closed by whoever opened it.
  }
}
