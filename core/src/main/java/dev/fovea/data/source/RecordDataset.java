package dev.fovea.data.source;

import dev.fovea.data.decode.PictureReader;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import dev.fovea.tensor.Decimals;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.zip.CRC32C;

/** Images and labels of a program's own, wherever it has them. Closing has no effect. */
public final class RecordDataset implements Dataset {
  private final String description;
  private final List<String> classes;
  private final int[] labels;
  private final Images images;

  /**
   * Where the images are.
   *
   * @param sources gives an image by its number, as {@link PictureReader} takes it; called by many
   *     threads, for every epoch again
   * @param names names an image in messages
   * @param kept whether {@code sources} always gives the same object without reading anything
   */
  public record Images(IntFunction<?> sources, IntFunction<String> names, boolean kept) {}

  /**
   * Creates a data set.
   *
   * @param labels the class of each image
   * @param classes the classes in their order; empty for those of the labels, sorted
   * @throws DataException if there are no images, or a label is missing or no class
   */
  public RecordDataset(
      String description, List<String> labels, Images images, List<String> classes) {
    this.description = description;
    this.images = images;
    if (labels.isEmpty()) {
      throw new DataException(description + " is empty; expected at least one image");
    }
    for (int i = 0; i < labels.size(); i++) {
      if (Optional.ofNullable(labels.get(i)).isEmpty()) {
        throw new DataException(
            description + ": image " + i + " has no label; give each image the name of its class");
      }
    }
    this.classes =
        classes.isEmpty() ? labels.stream().distinct().sorted().toList() : List.copyOf(classes);
    Map<String, Integer> places = new HashMap<>();
    this.classes.forEach(c -> places.putIfAbsent(c, places.size()));
    this.labels = new int[labels.size()];
    for (int i = 0; i < this.labels.length; i++) {
      Integer place = places.get(labels.get(i));
      if (place == null) {
        throw new DataException(
            description
                + ": image "
                + i
                + " is a '"
                + labels.get(i)
                + "', which is not among the classes "
                + ClassLayout.shortList(this.classes));
      }
      this.labels[i] = place;
    }
  }

  @Override
  public String description() {
    return description;
  }

  @Override
  public List<String> classes() {
    return classes;
  }

  @Override
  public int size() {
    return labels.length;
  }

  @Override
  public int label(int i) {
    return labels[i];
  }

  @Override
  public String name(int i) {
    return images.names.apply(i);
  }

  // Only what is in memory is measured; what a program reads when it is asked may be slow.
  @Override
  public long bytes(int i) {
    return bytesInMemory(i).map(b -> (long) b.length).orElse(0L);
  }

  @Override
  public long checksum(int i) {
    CRC32C crc = new CRC32C();
    bytesInMemory(i).ifPresent(crc::update);
    return crc.getValue();
  }

  private Optional<byte[]> bytesInMemory(int i) {
    Object source = images.kept ? images.sources.apply(i) : null;
    return source instanceof byte[] bytes
        ? Optional.of(bytes)
        : source instanceof Image image ? Optional.of(image.rgb()) : Optional.empty();
  }

  @Override
  public Optional<byte[]> encoded(int i) {
    return images.sources.apply(i) instanceof byte[] bytes ? Optional.of(bytes) : Optional.empty();
  }

  @Override
  public Image image(int i) {
    return picture(i).whole();
  }

  @Override
  public Picture picture(int i) {
    Object source;
    try {
      source = images.sources.apply(i);
    } catch (DataException e) {
      throw e;
    } catch (RuntimeException e) {
      throw new DataException("cannot get " + name(i) + " of " + description + ": " + e, e);
    }
    if (source == null) {
      throw new DataException(name(i) + " of " + description + " is null; expected an image");
    }
    return PictureReader.open(source, name(i));
  }

  @Override
  public void close() {}

  @Override
  public String toString() {
    return description
        + ", "
        + Decimals.count(labels.length, "image")
        + ", "
        + Arrays.toString(classes.toArray());
  }
}
