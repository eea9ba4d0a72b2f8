package dev.fovea.data.archive;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Where the images of tar archives lie, with their names, sizes and labels. Immutable; safe for any
 * number of threads.
 *
 * <p>Images are numbered by archive and, within one, in the order in which they lie there, so that
 * reading them in order reads every archive once from its start. About 20 bytes of memory an image.
 */
public final class ImageIndex {
  private final List<Shard> shards;
  private final List<String> names;
  private final List<String> labels;
  private final List<IgnoredFile> ignored;
  private final int[] firsts;

  /**
   * The images of one archive.
   *
   * @param stamp size and time of the file when it was listed
   * @param hash SHA-256 of the names, labels and sizes of its images
   * @param names of the images within the archive
   * @param blocks where the content of each image starts, in units of {@link TarReader#BLOCK} bytes
   *     from the start of the file, unsigned
   * @param sizes of the images in bytes
   * @param labels of the images, as numbers of the index's labels; -1 for an image without one
   */
  record Shard(
      FileStamp stamp, String hash, PackedNames names, int[] blocks, int[] sizes, int[] labels) {}

  /**
   * An index.
   *
   * @param names of the archives in messages, as many as shards
   */
  ImageIndex(
      List<Shard> shards, List<String> names, List<String> labels, List<IgnoredFile> ignored) {
    this.shards = List.copyOf(shards);
    this.names = List.copyOf(names);
    this.labels = List.copyOf(labels);
    this.ignored = List.copyOf(ignored);
    this.firsts = new int[shards.size() + 1];
    for (int s = 0; s < shards.size(); s++) {
      firsts[s + 1] = Math.addExact(firsts[s], shards.get(s).sizes.length);
    }
  }

  List<Shard> shards() {
    return shards;
  }

  /** The number of archives. */
  public int archives() {
    return shards.size();
  }

  /** The name of archive {@code a}, relative to the folder that holds all of them. */
  public String archive(int a) {
    return names.get(a);
  }

  Path file(int a) {
    return shards.get(a).stamp.file();
  }

  /** The number of the first image of archive {@code a}; the number of all images for the last. */
  public int first(int a) {
    return firsts[a];
  }

  /** SHA-256 of the names, labels and sizes of the images of archive {@code a}. */
  public String hash(int a) {
    return shards.get(a).hash;
  }

  /** The number of images. */
  public int size() {
    return firsts[shards.size()];
  }

  /** The labels that occur, in the order of their first images. */
  public List<String> labels() {
    return labels;
  }

  /** Members of the archives that are not images of the index. */
  public List<IgnoredFile> ignored() {
    return ignored;
  }

  /** The archive that holds image {@code i}. */
  public int archiveOf(int i) {
    if (i < 0 || i >= size()) {
      throw new IndexOutOfBoundsException("there is no image " + i + " of " + size());
    }
    int a = Arrays.binarySearch(firsts, i);
    if (a < 0) {
      return -a - 2;
    }
    while (firsts[a + 1] == i) {
      a++;
    }
    return a;
  }

  /** The path of image {@code i}: that of its archive, and its path within. */
  public String name(int i) {
    int a = archiveOf(i);
    return names.get(a) + "/" + member(a, i);
  }

  /** The path of image {@code i} within its archive. */
  public String member(int i) {
    return member(archiveOf(i), i);
  }

  private String member(int a, int i) {
    return shards.get(a).names.get(i - firsts[a]);
  }

  /** The size of image {@code i} in bytes. */
  public int bytes(int i) {
    int a = archiveOf(i);
    return shards.get(a).sizes[i - firsts[a]];
  }

  /** Where the content of image {@code i} starts in its archive. */
  long offset(int i) {
    int a = archiveOf(i);
    return Integer.toUnsignedLong(shards.get(a).blocks[i - firsts[a]]) * TarReader.BLOCK;
  }

  /**
   * The labels of the images of archive {@code a}, as {@link #label} gives them, in a new array.
   */
  public int[] labels(int a) {
    return shards.get(a).labels.clone();
  }

  /** The label of image {@code i}, an index into {@link #labels}; -1 if it has none. */
  public int label(int i) {
    int a = archiveOf(i);
    return shards.get(a).labels[i - firsts[a]];
  }
}
