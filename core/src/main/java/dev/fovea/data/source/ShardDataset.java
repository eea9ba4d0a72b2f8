package dev.fovea.data.source;

import dev.fovea.data.archive.IgnoredFile;
import dev.fovea.data.archive.ImageIndex;
import dev.fovea.data.archive.TarShards;
import dev.fovea.data.decode.DecodeLimits;
import dev.fovea.data.decode.ImageDecoder;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.IoReason;
import dev.fovea.data.image.Picture;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** A data set of encoded images in tar archives; owns the archives. */
final class ShardDataset implements Dataset, Selectable {
  private final TarShards shards;
  private final ImageIndex index;
  private final About about;
  private final int[] items;
  private final int[] labels;

  /** Everything about the set except its images. */
  record About(
      String description,
      List<String> classes,
      List<String> displayNames,
      List<IgnoredFile> ignored,
      List<String> notes,
      DecodeLimits limits) {}

  /**
   * A data set.
   *
   * @param items the numbers of the images in the index
   * @param labels their labels
   */
  ShardDataset(TarShards shards, About about, int[] items, int[] labels) {
    this.shards = shards;
    this.index = shards.index();
    this.about = about;
    this.items = items;
    this.labels = labels;
  }

  @Override
  public String description() {
    return about.description;
  }

  @Override
  public List<String> classes() {
    return about.classes;
  }

  @Override
  public List<String> displayNames() {
    return about.displayNames;
  }

  @Override
  public int size() {
    return items.length;
  }

  @Override
  public int label(int i) {
    return labels[i];
  }

  @Override
  public String name(int i) {
    return index.name(items[i]);
  }

  @Override
  public long bytes(int i) {
    return index.bytes(items[i]);
  }

  @Override
  public List<IgnoredFile> ignored() {
    return about.ignored;
  }

  @Override
  public List<String> notes() {
    return about.notes;
  }

  @Override
  public Optional<byte[]> encoded(int i) {
    return Optional.of(read(i));
  }

  private byte[] read(int i) {
    try {
      return shards.read(items[i], about.limits.maxBytes());
    } catch (IOException e) {
      throw new DataException(
          "cannot read "
              + name(i)
              + " in "
              + shards.description()
              + ": "
              + IoReason.of(e)
              + "; expected a readable archive; copy it again or check its permissions",
          e);
    }
  }

  @Override
  public Image image(int i) {
    return ImageDecoder.decode(read(i), name(i), about.limits);
  }

  @Override
  public Picture picture(int i) {
    return ImageDecoder.open(read(i), name(i), about.limits);
  }

  @Override
  public void verifyUnchanged() {
    shards.verifyUnchanged();
  }

  /**
   * A hash of classes, names, labels and sizes: of the archives' own hashes, and of the numbers and
   * labels of the images, so that no name has to be made.
   */
  @Override
  public String fingerprint() {
    return hash(items, labels);
  }

  @Override
  public String fingerprint(int[] selection) {
    int[] chosen = new int[selection.length];
    int[] theirs = new int[selection.length];
    for (int k = 0; k < selection.length; k++) {
      chosen[k] = items[selection[k]];
      theirs[k] = labels[selection[k]];
    }
    return hash(chosen, theirs);
  }

  private String hash(int[] chosen, int[] theirs) {
    Sha256 sha = new Sha256();
    for (String c : about.classes) {
      sha.add(c.getBytes(StandardCharsets.UTF_8));
    }
    boolean[] used = new boolean[index.archives()];
    for (int i : chosen) {
      used[index.archiveOf(i)] = true;
    }
    // Numbers among the archives that are used, so that others in the folder make no difference.
    int[] shift = new int[used.length];
    int unused = 0;
    for (int a = 0; a < used.length; a++) {
      shift[a] = unused;
      if (used[a]) {
        String path = index.archive(a);
        sha.add(path.substring(path.lastIndexOf('/') + 1).getBytes(StandardCharsets.UTF_8))
            .add(index.hash(a).getBytes(StandardCharsets.US_ASCII));
      } else {
        unused += index.first(a + 1) - index.first(a);
      }
    }
    int[] within = new int[chosen.length];
    for (int k = 0; k < chosen.length; k++) {
      within[k] = chosen[k] - shift[index.archiveOf(chosen[k])];
    }
    return sha.add(bytes(within)).add(bytes(theirs)).hex();
  }

  private static byte[] bytes(int[] values) {
    ByteBuffer bytes = ByteBuffer.allocate(Math.multiplyExact(values.length, Integer.BYTES));
    bytes.asIntBuffer().put(values);
    return bytes.array();
  }

  @Override
  public void close() {
    shards.close();
  }
}
