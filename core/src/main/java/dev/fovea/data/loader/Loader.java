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
 * Turns a data set into batches, epoch after epoch, on background threads.
 *
 * <p>Training: the order is a function of (seed, epoch), the augmentation of (seed, epoch, place in
 * the data set), the mixing of batches of (seed, epoch, place in the epoch), so threads, machine
 * and resuming change nothing. An unreadable image is replaced by the next readable one of the data
 * set; it is reported and counted once.
 *
 * <p>The order is a permutation of the whole data set, drawn anew for each epoch, each as likely as
 * any other. That is the strongest form of the "more thorough shuffling" of Ioffe and Szegedy 2015,
 * section 4.2.1: no two images meet in a batch more often than chance has it, however they lie in
 * folders or archives.
 *
 * <p>Evaluation: the order of the data set, the preprocessing without chance, and an unreadable
 * image is left out of its batch, which then counts one less.
 *
 * <p>Owns its buffers, not the data set. One epoch at a time; used by one thread.
 */
public final class Loader implements AutoCloseable {
  private final Dataset dataset;
  private final BatchFormat format;
  private final LoaderOptions options;
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
              + " do not fit the preprocessing to "
              + preprocessing.channels()
              + "x"
              + preprocessing.height()
              + "x"
              + preprocessing.width()
              + "; make them equal");
    }
    this.dataset = dataset;
    this.format = format;
    this.options = options;
    this.mixing = mixing;
    this.training = training;
    this.samples = new SampleMaker(dataset, augments, preprocessing, format, options.seed());
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
   * @throws DataException if sizes do not fit each other or the data set has too many bad images
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
   * A loader that shuffles, augments, and mixes the images of each batch; on the worker threads.
   *
   * @param format where its height and width are not those of {@code preprocessing}, images are
   *     augmented at that size and then resized
   * @throws DataException if sizes do not fit each other or the data set has too many bad images
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

  /** A loader in the order of the data set, without chance; the last batch is never dropped. */
  public static Loader evaluation(
      Dataset dataset, Preprocessing preprocessing, BatchFormat format, LoaderOptions options) {
    return new Loader(dataset, List.of(), preprocessing, format, options, Mixing.NONE, false);
  }

  /** Batches in every epoch. */
  public int batchesPerEpoch() {
    int n = dataset.size();
    int full = n / format.batch();
    boolean drop = training && options.dropLast() && full > 0;
    return drop || n % format.batch() == 0 ? full : full + 1;
  }

  /** Different images found unreadable so far. */
  public int badCount() {
    return bad.count();
  }

  /** The images found unreadable so far. */
  public List<BadImage> bad() {
    return bad.list();
  }

  /** The layout of the batches. */
  public BatchFormat format() {
    return format;
  }

  /** The data set that is loaded. */
  public Dataset dataset() {
    return dataset;
  }

  /** All batches of an epoch. */
  public Batches epoch(int epoch) {
    return epoch(epoch, 0);
  }

  /**
   * The batches {@code firstBatch}, {@code firstBatch + 1}, ... of an epoch; the same as those of
   * the whole epoch.
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
              + " batches, cannot start at batch "
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
            ? Rng.of(options.seed(), epoch, -1).permutation(dataset.size())
            : IntStream.range(0, dataset.size()).toArray();
    EpochBatches next = new EpochBatches(this, epoch, order, firstBatch);
    current = next;
    next.start(options.threads());
    return next;
  }

  /** Stops the workers; batches that are still in use keep their pixels. */
  @Override
  public void close() {
    closed = true;
    EpochBatches last = current;
    if (last != null) {
      last.close();
    }
  }

  /**
   * An iterator over batches that must be closed; each batch belongs to the caller until the caller
   * closes it.
   */
  public interface Batches extends Iterator<Batch>, AutoCloseable {
    /** Stops the workers and returns when they have stopped. */
    @Override
    void close();
  }

  Object lock() {
    return lock;
  }

  /** Under the lock. */
  ArrayDeque<BatchBuffer> free() {
    return free;
  }

  int buffers() {
    return options.prefetch() + 1;
  }

  boolean isTraining() {
    return training;
  }

  SampleMaker samples() {
    return samples;
  }

  /** Mixes a complete batch; the share of each image's own label. */
  float mixed(BatchBuffer buffer, int count, int epoch, int batch) {
    return mixing.mix(buffer, count, mixingNumbers(options.seed(), epoch, batch));
  }

  /** Below the indices of images (0, 1, ...), of the order (-1) and of contact sheets (-2). */
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
