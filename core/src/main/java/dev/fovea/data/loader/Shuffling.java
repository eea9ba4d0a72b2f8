package dev.fovea.data.loader;

import dev.fovea.data.image.DataException;
import dev.fovea.tensor.Rng;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * How thoroughly training shuffles the images; the order is a function of (seed, epoch).
 *
 * <p>Large data sets are often stored as shards, and read shard by shard. {@link Shards} and {@link
 * WithinShards} give the orders that such readers have, for any data set: its images are dealt into
 * shards once, at random by the seed, so that a shard holds a sample of all classes. Ioffe and
 * Szegedy 2015, arXiv 1502.03167, section 4.2.1, went from the former to the latter and gained
 * about 1 %: without it "the same examples" always appear in a mini-batch together.
 */
public sealed interface Shuffling {
  /** The size of a shard whose size is not given: that of TensorFlow's files of ImageNet, about. */
  int STANDARD_SHARD = 1024;

  /** Whole data set, each epoch anew: no two images share a batch more often than by chance. */
  record Images() implements Shuffling {
    @Override
    public String toString() {
      return "images";
    }
  }

  /**
   * Shards in a new order in each epoch, and in each shard the images in a new order.
   *
   * @param images in a shard; the last one holds what is left
   */
  record WithinShards(int images) implements Shuffling {
    /** Checks the size. */
    public WithinShards {
      requireSize(images);
    }

    @Override
    public String toString() {
      return "within-shards(images=" + images + ")";
    }
  }

  /**
   * Shards in a new order in each epoch, and in each shard the images in an order that never
   * changes. If the size of the batch divides that of the shard, the same images form a batch in
   * every epoch, except where a last, smaller shard has come before.
   *
   * @param images in a shard; the last one holds what is left
   */
  record Shards(int images) implements Shuffling {
    /** Checks the size. */
    public Shards {
      requireSize(images);
    }

    @Override
    public String toString() {
      return "shards(images=" + images + ")";
    }
  }

  /** Returns the order of {@code n} images in an epoch: a permutation of 0..n-1. */
  default int[] order(int n, long seed, int epoch) {
    Rng rng = Rng.of(seed, epoch, -1);
    if (this instanceof WithinShards s) {
      return ofShards(n, s.images(), seed, rng, true);
    } else if (this instanceof Shards s) {
      return ofShards(n, s.images(), seed, rng, false);
    }
    return rng.permutation(n);
  }

  private static int[] ofShards(int n, int size, long seed, Rng rng, boolean within) {
    // No epoch has this number, so that dealing is independent of the order of any epoch.
    int[] dealt = Rng.of(seed, -1, -1).permutation(n);
    int[] order = new int[n];
    int next = 0;
    for (int shard : rng.permutation((int) (((long) n + size - 1) / size))) {
      int first = shard * size;
      int count = Math.min(size, n - first);
      int[] places = within ? rng.permutation(count) : IntStream.range(0, count).toArray();
      for (int place : places) {
        order[next++] = dealt[first + place];
      }
    }
    return order;
  }

  private static void requireSize(int images) {
    if (images < 1) {
      throw new DataException(
          "data.shuffle: a shard must hold at least 1 image, got images=" + images);
    }
  }

  /**
   * Parses {@code images}, {@code within-shards} or {@code shards}, the last two with or without
   * their size: {@code shards(images=1024)}.
   *
   * @throws DataException if the text is none of these
   */
  static Shuffling parse(String text) {
    Matcher m =
        Pattern.compile("images|(within-shards|shards)(?:\\(images=(\\d{1,9})\\))?")
            .matcher(text.strip());
    if (!m.matches()) {
      throw new DataException(
          "data.shuffle: cannot read '"
              + text
              + "'; expected images, within-shards or shards, the last two with the images of a"
              + " shard if not "
              + STANDARD_SHARD
              + ": shards(images=256)");
    } else if (m.group(1) == null) {
      return new Images();
    }
    int size = m.group(2) == null ? STANDARD_SHARD : Integer.parseInt(m.group(2));
    return m.group(1).equals("shards") ? new Shards(size) : new WithinShards(size);
  }
}
