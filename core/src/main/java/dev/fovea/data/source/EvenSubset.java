package dev.fovea.data.source;

import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import dev.fovea.tensor.Decimals;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * A subset of evenly spaced images of a data set; if the set is ordered by class, it contains
 * images of every class. Does not own the set.
 *
 * @param size number of images, at least 1 and at most the size of {@code all}
 */
public record EvenSubset(Dataset all, int size) implements Dataset {
  /** Checks the size. */
  public EvenSubset {
    if (size < 1 || size > all.size()) {
      throw new DataException(
          "cannot take "
              + Decimals.count(size, "image")
              + " of "
              + all.description()
              + ", which has "
              + all.size()
              + "; expected at least 1 and at most that many");
    }
  }

  /** {@code most} images, or all of them if the set has fewer. */
  public static EvenSubset atMost(Dataset all, int most) {
    return new EvenSubset(all, Math.min(most, all.size()));
  }

  /** {@code size} images as a data set that owns {@code all} and closes it. */
  public static Dataset owning(Dataset all, int size) {
    return new EvenSubset(all, size).subset();
  }

  private Subset subset() {
    return new Subset(all, IntStream.range(0, size).map(this::place).toArray(), description());
  }

  private int place(int i) {
    return (int) ((long) i * all.size() / size);
  }

  @Override
  public String description() {
    return Decimals.count(size, "image") + " of " + all.description();
  }

  @Override
  public List<String> classes() {
    return all.classes();
  }

  @Override
  public List<String> displayNames() {
    return all.displayNames();
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
  public Picture picture(int i) {
    return all.picture(place(i));
  }

  @Override
  public long checksum(int i) {
    return all.checksum(place(i));
  }

  @Override
  public List<BadImage> bad() {
    return BadImage.among(all.bad(), size, this::place);
  }

  @Override
  public List<IgnoredFile> ignored() {
    return all.ignored();
  }

  @Override
  public List<String> notes() {
    return all.notes();
  }

  @Override
  public String fingerprint() {
    return subset().fingerprint();
  }

  @Override
  public void verifyUnchanged() {
    all.verifyUnchanged();
  }

  @Override
  public void close() {
    // The caller that opened the set closes it.
  }
}
