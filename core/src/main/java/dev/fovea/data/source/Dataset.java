package dev.fovea.data.source;

import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * An immutable list of labeled images. Safe for any number of threads until it is closed.
 *
 * <p>Images are numbered 0..size-1 in an order that depends only on the source's content. Closing
 * releases file handles; reading afterwards throws a {@link DataException}.
 */
public interface Dataset extends AutoCloseable {
  /** Describes the data set in messages, for example {@code train of cifar10.zip}. */
  String description();

  /** The class names; a label is an index into this list. Sorted if they come from folders. */
  List<String> classes();

  /**
   * What people call the classes, in their order, where the source says so: {@code tench} for
   * {@code n01440764}. Else the class names. Need not be unique.
   */
  default List<String> displayNames() {
    return classes();
  }

  /** The number of images, unreadable ones included. */
  int size();

  /** The label of image {@code i}. */
  int label(int i);

  /** The path of image {@code i} in the source. */
  String name(int i);

  /** The size of image {@code i} in the source in bytes; part of the fingerprint. */
  long bytes(int i);

  /** The encoded file of image {@code i}; empty for sources of raw pixels. */
  Optional<byte[]> encoded(int i);

  /**
   * Reads and decodes image {@code i}.
   *
   * @throws DataException if it cannot be read or decoded, naming the file
   */
  Image image(int i);

  /**
   * Image {@code i}, decoded only as far as it is asked for: the caller may take a rectangle or a
   * shrunk version of it.
   *
   * @throws DataException if it cannot be read or is not an image, naming the file
   */
  default Picture picture(int i) {
    return image(i);
  }

  /** A checksum of image {@code i} if the source knows one without reading the image, else 0. */
  default long checksum(int i) {
    return 0;
  }

  /** The images found unreadable while opening; reading may find more. */
  default List<BadImage> bad() {
    return List.of();
  }

  /** Files in the source that are not part of the set, for example links in an archive. */
  default List<IgnoredFile> ignored() {
    return List.of();
  }

  /** How the source was interpreted, where that might be unexpected; one sentence each. */
  default List<String> notes() {
    return List.of();
  }

  /**
   * Checks that the source is unchanged since it was opened, by size and modification time of its
   * files.
   *
   * @throws DataException naming what changed
   */
  default void verifyUnchanged() {}

  /**
   * A hash of classes, names, labels, sizes and known checksums, compared when a run is resumed.
   */
  default String fingerprint() {
    return hash(this);
  }

  /** The hash of what a data set says of its images. */
  static String hash(Dataset set) {
    Sha256 sha = new Sha256();
    for (String c : set.classes()) {
      sha.add(c.getBytes(StandardCharsets.UTF_8));
    }
    for (int i = 0; i < set.size(); i++) {
      sha.add(set.name(i).getBytes(StandardCharsets.UTF_8))
          .add(set.label(i))
          .add(set.bytes(i))
          .add(set.checksum(i));
    }
    return sha.hex();
  }

  @Override
  void close();
}
