package dev.fovea.data.source;

import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/**
 * An immutable list of labeled images; safe for any number of threads until it is closed.
 *
 * <p>Items are numbered 0..size-1 in an order that depends on the source's content only. Closing
 * gives back file handles; reading afterwards is a {@link DataException}.
 */
public interface Dataset extends AutoCloseable {
  /** What this is, for messages, for example {@code train of cifar10.zip}. */
  String description();

  /**
   * The names of the classes; a label is a place in this list. Sorted where they come from folders.
   */
  List<String> classes();

  /** The number of images, unreadable ones included. */
  int size();

  /** The class of image {@code i}. */
  int label(int i);

  /** Where image {@code i} lies inside the source. */
  String name(int i);

  /** The bytes that image {@code i} takes in the source; part of the fingerprint. */
  long bytes(int i);

  /** The file of image {@code i} as stored; empty for sources of bare pixels. */
  Optional<byte[]> encoded(int i);

  /**
   * Image {@code i}, decoded.
   *
   * @throws DataException naming the file, if it cannot be read or decoded
   */
  Image image(int i);

  /**
   * A number that changes with the content of image {@code i} as far as the source knows without
   * reading it; else 0.
   */
  default long checksum(int i) {
    return 0;
  }

  /** The images known to be unreadable since opening; more may show up when reading. */
  default List<BadImage> bad() {
    return List.of();
  }

  /** Files of the source that are not part of the set, for example a link in an archive. */
  default List<IgnoredFile> ignored() {
    return List.of();
  }

  /** How the source was understood where that could surprise, one sentence each. */
  default List<String> notes() {
    return List.of();
  }

  /**
   * Checks that the source is as it was at opening, by size and time of its files.
   *
   * @throws DataException naming what changed
   */
  default void verifyUnchanged() {}

  /** A hash of classes, names, labels, sizes and known checksums; a resumed run compares it. */
  default String fingerprint() {
    Sha256 sha = new Sha256();
    for (String c : classes()) {
      sha.add(c.getBytes(StandardCharsets.UTF_8));
    }
    for (int i = 0; i < size(); i++) {
      sha.add(name(i).getBytes(StandardCharsets.UTF_8))
          .add(label(i))
          .add(bytes(i))
          .add(checksum(i));
    }
    return sha.hex();
  }

  @Override
  void close();
}
