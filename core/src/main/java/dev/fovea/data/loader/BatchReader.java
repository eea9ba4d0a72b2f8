package dev.fovea.data.loader;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.source.BadImage;
import dev.fovea.data.source.Dataset;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Makes the batches of an evaluation on the threads that ask for them: the same batches as those of
 * {@link Loader#evaluation}, in any order.
 *
 * <p>Unreadable images are reported and left out; there may be any number of them. Owns no data
 * set. Safe for any number of threads, each of which has a {@link Desk} of its own.
 */
public final class BatchReader {
  private final Dataset dataset;
  private final BatchFormat format;
  private final SampleMaker samples;
  private final LoadingClock clock = new LoadingClock();
  private final Consumer<BadImage> onBad;
  private final ConcurrentHashMap<Integer, BadImage> bad = new ConcurrentHashMap<>();

  /**
   * A reader of all images of a data set.
   *
   * @param onBad called once for each unreadable image, on any of the threads
   */
  public BatchReader(
      Dataset dataset, Preprocessing preprocessing, BatchFormat format, Consumer<BadImage> onBad) {
    this.dataset = dataset;
    this.format = format;
    this.onBad = onBad;
    this.samples = new SampleMaker(clock.watch(dataset), List.of(), preprocessing, format, 0);
    for (BadImage image : dataset.bad()) {
      report(image);
    }
  }

  /** The number of batches; the last may be partly filled. */
  public int batches() {
    return (dataset.size() + format.batch() - 1) / format.batch();
  }

  /** Where the time has gone so far, on all threads. */
  public LoadingTime time() {
    return clock.sums();
  }

  /** A place of work for one thread. */
  public Desk desk() {
    return new Desk();
  }

  private void report(BadImage image) {
    if (bad.putIfAbsent(image.index(), image) == null) {
      onBad.accept(image);
    }
  }

  /** The memory of one thread; used by one thread, which closes a batch before it asks again. */
  public final class Desk {
    private final BatchBuffer.Row row = new BatchBuffer.Row(format);
    private final BatchBuffer buffer = new BatchBuffer(format, any -> {});

    private Desk() {}

    /** Reads a batch; its pixels are valid until this thread asks for the next. */
    public Batch read(int number) {
      int first = number * format.batch();
      int places = Math.min(format.batch(), dataset.size() - first);
      buffer.clear();
      for (int place = 0; place < places; place++) {
        int item = first + place;
        try {
          clock.time(() -> samples.make(item, 0, row));
          buffer.store(place, item, dataset.label(item), row);
        } catch (DataException e) {
          report(new BadImage(item, dataset.name(item), String.valueOf(e.getMessage())));
        }
      }
      return new Batch(dataset, number, buffer.close(places), 1, buffer);
    }
  }
}
