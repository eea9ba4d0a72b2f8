package dev.fovea.data.loader;

import dev.fovea.data.augment.Augment;
import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.source.BadImage;
import dev.fovea.data.source.BadImages;
import dev.fovea.data.source.Dataset;
import dev.fovea.tensor.Rng;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Loads a data set as batches, one epoch at a time, on background threads.
 *
 * <p>Training: the order is a function of (seed, epoch), augmentation of (seed, epoch, index of the
 * image), and mixing of (seed, epoch, index of the batch), so the result does not depend on
 * threads, machine or resumes. {@link RankShare} divides the batches among ranks: their images and
 * augmentations are the same for any number of ranks; mixing is not, since each rank mixes its part
 * of a batch by itself. An unreadable image is replaced by the next readable one in the data set;
 * it is reported and counted once.
 *
 * <p>Unless the options say otherwise ({@link Shuffling}), each epoch uses a new, uniformly random
 * permutation of the whole data set. This is the strongest form of the "more thorough shuffling" of
 * Ioffe and Szegedy 2015, section 4.2.1: no two images share a batch more often than by chance,
 * regardless of their order in folders or archives.
 *
 * <p>Evaluation: data set order and deterministic preprocessing. An unreadable image is left out of
 * its batch, whose count is then lower.
 *
 * <p>Owns its buffers, not the data set. Only one epoch may be open at a time. Used by one thread.
 */
public final class Loader implements AutoCloseable {
  private final Dataset dataset;
  private final BatchFormat format;
  private final LoaderOptions options;
  private final LoadingClock clock = new LoadingClock();
  private final SampleMaker samples;
  private final Mixing mixing;
  private final boolean training;
  private final BadImages bad;
  private final ArrayDeque<BatchBuffer> free = new ArrayDeque<>();
  private final Object lock = new Object();
  private boolean closed;
  private volatile @Nullable EpochBatches current;

  private Loader(
      Dataset dataset,
      List<Augment> augments,
      Preprocessing preprocessing,
      BatchFormat format,
      LoaderOptions options,
      Mixing mixing,
      boolean training) {
    if (dataset.size() == 0) {
      throw new DataException(dataset.description() + " is empty; expected at least one image");
    }
    boolean sameSize =
        format.height() == preprocessing.height() && format.width() == preprocessing.width();
    if (format.channels() != preprocessing.channels() || !(training || sameSize)) {
      throw new DataException(
          "batches of "
              + format
              + " do not match the preprocessing to "
              + preprocessing.channels()
              + "x"
              + preprocessing.height()
              + "x"
              + preprocessing.width()
              + "; make the sizes equal");
    }
    RankShare share = options.share();
    long together = (long) format.batch() * share.ranks();
    if (training && share.ranks() > 1 && (dataset.size() < together || !options.dropLast())) {
      throw new DataException(
          share.ranks()
              + " ranks train on full batches only, of "
              + together
              + " images together; "
              + dataset.description()
              + " has "
              + dataset.size()
              + ". Drop the last batch, and set learning.batch to at most the number of images");
    }
    this.dataset = dataset;
    this.format = format;
    this.options = options;
    this.mixing = mixing;
    this.training = training;
    this.samples =
        new SampleMaker(clock.watch(dataset), augments, preprocessing, format, options.seed());
    this.bad = new BadImages(dataset, options.badFraction(), options.onBad());
    for (BadImage b : dataset.bad()) {
      bad.report(b.index(), new DataException(b.reason()));
    }
    for (int i = 0; i < options.prefetch() + 1; i++) {
      free.add(new BatchBuffer(format, this::takeBack));
    }
  }

  /**
   * A loader that shuffles and augments.
   *
   * @throws DataException if sizes do not match or the data set has too many unreadable images
   */
  public static Loader training(
      Dataset dataset,
      List<Augment> augments,
      Preprocessing preprocessing,
      BatchFormat format,
      LoaderOptions options) {
    return training(dataset, augments, preprocessing, format, options, Mixing.NONE);
  }

  /**
   * A loader that shuffles, augments, and mixes the images of each batch, all on its worker
   * threads.
   *
   * @param format if its height and width differ from those of {@code preprocessing}, images are
   *     augmented at the size of the preprocessing and then resized
   * @throws DataException if sizes do not match or the data set has too many unreadable images
   */
  public static Loader training(
      Dataset dataset,
      List<Augment> augments,
      Preprocessing preprocessing,
      BatchFormat format,
      LoaderOptions options,
      Mixing mixing) {
    return new Loader(dataset, augments, preprocessing, format, options, mixing, true);
  }

  /** A deterministic loader in data set order; the last batch is never dropped. */
  public static Loader evaluation(
      Dataset dataset, Preprocessing preprocessing, BatchFormat format, LoaderOptions options) {
    return new Loader(dataset, List.of(), preprocessing, format, options, Mixing.NONE, false);
  }

  /** The number of batches per epoch, counted over all ranks in evaluation. */
  public int batchesPerEpoch() {
    int n = dataset.size();
    int together = format.batch() * (training ? options.share().ranks() : 1);
    int full = n / together;
    boolean drop = training && options.dropLast() && full > 0;
    return drop || n % together == 0 ? full : full + 1;
  }

  /** The number of distinct images found unreadable so far. */
  public int badCount() {
    return bad.count();
  }

  /** The images found unreadable so far. */
  public List<BadImage> bad() {
    return bad.list();
  }

  /**
   * Counts images that ranks found unreadable.
   *
   * @param elsewhere may contain those found here
   * @param together the number of those that all ranks know of by now
   * @throws DataException if these are more than the allowed fraction of the set
   */
  public void reportBad(List<BadImage> elsewhere, int together) {
    elsewhere.forEach(bad::add);
    bad.require(together, null);
  }

  /** The layout of the batches. */
  public BatchFormat format() {
    return format;
  }

  /** The data set. */
  public Dataset dataset() {
    return dataset;
  }

  /** Where the worker threads' time has gone so far, over all epochs. */
  public LoadingTime time() {
    return clock.sums();
  }

  /** All batches of an epoch. */
  public Batches epoch(int epoch) {
    return epoch(epoch, 0);
  }

  /**
   * The batches {@code firstBatch}, {@code firstBatch + 1}, ... of an epoch, as far as they belong
   * to this rank, identical to those of the full epoch. The caller closes the result before opening
   * the next.
   *
   * @throws IllegalStateException if another epoch is still open or the loader is closed
   */
  public Batches epoch(int epoch, int firstBatch) {
    if (firstBatch < 0 || firstBatch > batchesPerEpoch()) {
      throw new DataException(
          "epoch "
              + epoch
              + " has "
              + batchesPerEpoch()
              + " batches and cannot start at batch "
              + firstBatch
              + "; was the run made with another batch size or data set?");
    }
    EpochBatches last = current;
    if (closed || last != null && !last.isClosed()) {
      throw new IllegalStateException(
          closed ? "the loader is closed" : "close the batches of the last epoch first");
    }
    int[] order =
        training
            ? options.shuffling().order(dataset.size(), options.seed(), epoch)
            : IntStream.range(0, dataset.size()).toArray();
    EpochBatches next = new EpochBatches(this, epoch, order, firstBatch);
    current = next;
    next.start(options.threads());
    return next;
  }

  /** Stops the workers and waits for them; batches that are still open stay valid. */
  @Override
  public void close() {
    closed = true;
    EpochBatches last = current;
    if (last != null) {
      last.close();
    }
  }

  /** An iterator over batches. The caller closes it, and each batch it returns. */
  public interface Batches extends Iterator<Batch>, AutoCloseable {
    /** Stops the workers and waits for them. */
    @Override
    void close();
  }

  Object lock() {
    return lock;
  }

  /** Guarded by {@link #lock}. */
  ArrayDeque<BatchBuffer> free() {
    return free;
  }

  int buffers() {
    return options.prefetch() + 1;
  }

  RankShare share() {
    return options.share();
  }

  boolean isTraining() {
    return training;
  }

  /** Whether workers may begin an image now. */
  boolean mayWork(boolean batchIsAwaited) {
    return batchIsAwaited || options.turns() == LoaderTurns.BESIDE_THE_NETWORK;
  }

  /** The number of images that a worker takes at a time. */
  int chunk(int largest) {
    return options.turns() == LoaderTurns.BETWEEN_STEPS
        ? 1
        : Math.max(1, Math.min(largest, format.batch() / options.threads()));
  }

  /** Makes one sample. */
  void make(int item, int epoch, BatchBuffer.Row row) {
    clock.time(() -> samples.make(item, epoch, row));
  }

  /** Mixes a complete batch and returns the weight of each image's own label. */
  float mix(BatchBuffer buffer, int count, int epoch, int batch) {
    int number = Math.toIntExact(options.share().part(batch));
    return mixing.mix(buffer, count, mixingNumbers(options.seed(), epoch, number));
  }

  /**
   * The generator for mixing a batch, or one rank's part of it, see {@link RankShare#part}. Its
   * keys lie below those of images (0, 1, ...), the order (-1) and contact sheets (-2).
   */
  public static Rng mixingNumbers(long seed, int epoch, int batch) {
    return Rng.of(seed, epoch, -3L - batch);
  }

  BadImages badImages() {
    return bad;
  }

  private void takeBack(BatchBuffer buffer) {
    synchronized (lock) {
      free.add(buffer);
      lock.notifyAll();
    }
  }
}
