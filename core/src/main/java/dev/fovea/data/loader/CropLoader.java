package dev.fovea.data.loader;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Normalizer;
import dev.fovea.data.image.Picture;
import dev.fovea.data.image.Preprocessing;
import dev.fovea.data.source.BadImage;
import dev.fovea.data.source.BadImages;
import dev.fovea.data.source.Dataset;
import dev.fovea.data.source.Interruption;
import dev.fovea.tensor.DType;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Streams multiple views (crops) of every image in a data set as full batches, for one or several
 * networks at once.
 *
 * <p>Each image is decoded once, and its views are made one at a time and written straight to their
 * batch, so memory holds one decoded image per thread and a few batches, regardless of the number
 * of views. Each combination of crops, preprocessing and batch format is a {@link Lane} with its
 * own batches. Within a lane, views are in data set order and batches span images; only the last
 * batch may be partly filled. An unreadable image has no views; it is reported and counted once.
 *
 * <p>Owns its buffers and threads, not the data set. Used by one thread.
 *
 * <p>Implementation notes: workers take images in order and learn from the previous image where
 * their views start. They block only while a lane has no free buffer. This cannot deadlock: the
 * first unfinished image has filled everything before the view it waits to write, so the first
 * batch of that lane is full and is returned next. {@link LoaderTurns} says when they take images;
 * the views of one that was taken are all made.
 */
public final class CropLoader implements AutoCloseable {
  private final Dataset dataset;
  private final List<LaneState> lanes = new ArrayList<>();
  private final BadImages bad;
  private final LoaderTurns turns;
  private final List<Thread> workers = new ArrayList<>();
  private final Object lock = new Object();
  private int nextImage;
  private int announced;
  private int finished;
  private boolean batchIsAwaited;
  private @Nullable Throwable failure;
  private boolean closed;

  /**
   * A network's view of the images.
   *
   * @param crops the views of each image
   * @param preprocessing preprocessing of each view
   * @param format format of the batches
   */
  public record Lane(Crops crops, Preprocessing preprocessing, BatchFormat format) {
    /** Checks that the sizes match. */
    public Lane {
      if (format.channels() != preprocessing.channels()
          || format.height() != preprocessing.height()
          || format.width() != preprocessing.width()) {
        throw new DataException(
            "batches of " + format + " do not match " + preprocessing + "; make the sizes equal");
      }
    }
  }

  /**
   * A batch of a lane.
   *
   * @param lane the index of the lane
   * @param batch the views; {@link Batch#item} is the image a view belongs to; the caller closes it
   */
  public record Portion(int lane, Batch batch) {}

  /** A batch that is being filled or waits to be returned. */
  private static final class Pending {
    final BatchBuffer buffer;
    int filled;

    Pending(BatchBuffer buffer) {
      this.buffer = buffer;
    }
  }

  /**
   * A lane with its batches; all but {@link #lane} and {@link #normalizer} is guarded by the lock.
   */
  private static final class LaneState {
    final Lane lane;
    final Normalizer normalizer;
    final ArrayDeque<BatchBuffer> free = new ArrayDeque<>();
    final ArrayDeque<Pending> pending = new ArrayDeque<>();

    /** The index of each image's first view, as far as known. */
    final long[] first;

    int given;

    LaneState(Lane lane, int images) {
      this.lane = lane;
      this.normalizer = new Normalizer(lane.preprocessing);
      this.first = new long[images + 1];
    }

    int size() {
      return lane.format.batch();
    }
  }

  private CropLoader(Dataset dataset, List<Lane> lanes, LoaderOptions options) {
    if (dataset.size() == 0) {
      throw new DataException(dataset.description() + " is empty; expected at least one image");
    }
    this.dataset = dataset;
    this.turns = options.turns();
    for (Lane lane : lanes) {
      LaneState state = new LaneState(lane, dataset.size());
      for (int i = 0; i < options.prefetch() + 1; i++) {
        state.free.add(new BatchBuffer(lane.format, buffer -> takeBack(state, buffer)));
      }
      this.lanes.add(state);
    }
    this.bad = new BadImages(dataset, options.badFraction(), options.onBad());
    for (BadImage b : dataset.bad()) {
      bad.report(b.index(), new DataException(b.reason()));
    }
  }

  /**
   * Starts loading in data set order on {@link LoaderOptions#threads} threads.
   *
   * @throws DataException if the data set is empty or has too many unreadable images
   */
  public static CropLoader start(Dataset dataset, List<Lane> lanes, LoaderOptions options) {
    CropLoader loader = new CropLoader(dataset, lanes, options);
    for (int t = 0; t < options.threads(); t++) {
      Thread worker = new Thread(loader::work, "fovea-crops-" + t);
      worker.setDaemon(true);
      loader.workers.add(worker);
      worker.start();
    }
    return loader;
  }

  /**
   * Waits for the next full batch of any lane, or the last partial one. Empty when all have been
   * returned.
   *
   * @throws DataException if too many images are unreadable
   */
  public Optional<Portion> next() {
    synchronized (lock) {
      try {
        return await();
      } finally {
        batchIsAwaited = false;
      }
    }
  }

  private Optional<Portion> await() {
    while (true) {
      rethrow();
      boolean all = announced == dataset.size();
      boolean end = all;
      for (int l = 0; l < lanes.size(); l++) {
        LaneState lane = lanes.get(l);
        long left = lane.first[announced] - (long) lane.given * lane.size();
        Pending head = lane.pending.peek();
        if (head != null && head.filled == (all ? Math.min(left, lane.size()) : lane.size())) {
          return Optional.of(give(l, lane, head));
        }
        end &= left <= 0;
      }
      if (end) {
        finished = dataset.size();
        return Optional.empty();
      }
      if (!batchIsAwaited) {
        batchIsAwaited = true;
        lock.notifyAll();
      }
      try {
        lock.wait();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new DataException("interrupted while waiting for images", e);
      }
    }
  }

  /** The number of leading images whose views have all been returned by {@link #next}. */
  public int finished() {
    return finished;
  }

  /** Stops the workers and waits for them; batches that are still open stay valid. */
  @Override
  public void close() {
    synchronized (lock) {
      closed = true;
      lock.notifyAll();
    }
    workers.forEach(Interruption::join);
  }

  private Portion give(int number, LaneState lane, Pending head) {
    lane.pending.remove();
    int count = head.buffer.close(head.filled);
    Batch batch = new Batch(dataset, lane.given, count, 1, head.buffer);
    lane.given++;
    while (finished < announced && lanes.stream().allMatch(this::isGiven)) {
      finished++;
    }
    return new Portion(number, batch);
  }

  private boolean isGiven(LaneState lane) {
    return lane.first[finished + 1] <= (long) lane.given * lane.size();
  }

  private void rethrow() {
    if (failure instanceof DataException e) {
      throw new DataException(String.valueOf(e.getMessage()), e);
    }
    if (failure != null) {
      throw new IllegalStateException("a loader thread failed: " + failure, failure);
    }
    if (closed) {
      throw new IllegalStateException("the loader is closed");
    }
  }

  private void takeBack(LaneState lane, BatchBuffer buffer) {
    synchronized (lock) {
      lane.free.add(buffer);
      lock.notifyAll();
    }
  }

  private void work() {
    try {
      List<BatchBuffer.Row> rows =
          lanes.stream().map(l -> new BatchBuffer.Row(l.lane.format)).toList();
      for (int item = take(); item >= 0; item = take()) {
        views(item, rows);
      }
    } catch (RuntimeException | Error e) {
      synchronized (lock) {
        failure = failure == null ? e : failure;
        lock.notifyAll();
      }
    } catch (InterruptedException e) {
      String name = Thread.currentThread().getName();
      synchronized (lock) {
        failure = new DataException("worker thread " + name + " was interrupted", e);
        lock.notifyAll();
      }
    }
  }

  /** Takes the next image when workers may begin one, or -1 if there is none. */
  private int take() throws InterruptedException {
    synchronized (lock) {
      while (!closed && failure == null && nextImage < dataset.size()) {
        if (batchIsAwaited || turns == LoaderTurns.BESIDE_THE_NETWORK) {
          return nextImage++;
        }
        lock.wait();
      }
      return -1;
    }
  }

  private void views(int item, List<BatchBuffer.Row> rows) throws InterruptedException {
    List<List<View>> views = new ArrayList<>();
    List<Cutter> cutters = List.of();
    try {
      Picture picture = dataset.picture(item);
      for (LaneState l : lanes) {
        views.add(l.lane.crops.views(picture.width(), picture.height(), l.lane.preprocessing));
      }
      cutters = cutters(picture, views);
    } catch (DataException e) {
      bad.report(item, e);
      views.clear();
    }
    if (!announce(item, views)) {
      return;
    }
    for (int l = 0; l < views.size(); l++) {
      LaneState lane = lanes.get(l);
      Cutter cutter = cutters.get(l);
      long slot = lane.first[item];
      for (View view : views.get(l)) {
        normalize(lane, cutter.image(view), rows.get(l));
        if (!store(lane, slot++, item, rows.get(l))) {
          return;
        }
      }
    }
  }

  /** A cutter for each lane that has decoded all that its views need. */
  private List<Cutter> cutters(Picture picture, List<List<View>> views) {
    boolean once = views.size() == 1 && views.get(0).stream().noneMatch(View.Cut.class::isInstance);
    Picture source = once ? picture : KeptPicture.of(picture);
    List<Cutter> cutters = new ArrayList<>();
    for (int l = 0; l < lanes.size(); l++) {
      Cutter cutter = new Cutter(source, lanes.get(l).lane.preprocessing);
      cutter.decode(views.get(l));
      cutters.add(cutter);
    }
    return cutters;
  }

  private static void normalize(LaneState lane, Image image, BatchBuffer.Row row) {
    if (lane.lane.format.type() == DType.F32) {
      lane.normalizer.floats(image, row.floats);
    } else {
      lane.normalizer.shorts(image, row.shorts);
    }
  }

  /**
   * Records the number of views of an image, after those of all earlier images. Returns false if
   * loading has stopped.
   */
  private boolean announce(int item, List<List<View>> views) throws InterruptedException {
    synchronized (lock) {
      while (announced != item) {
        if (closed || failure != null) {
          return false;
        }
        lock.wait();
      }
      for (int l = 0; l < lanes.size(); l++) {
        long[] first = lanes.get(l).first;
        first[item + 1] = first[item] + (views.isEmpty() ? 0 : views.get(l).size());
      }
      announced++;
      lock.notifyAll();
      return true;
    }
  }

  /**
   * Writes a view to its slot as soon as its batch has a buffer. Returns false if loading has
   * stopped.
   */
  private boolean store(LaneState lane, long slot, int item, BatchBuffer.Row row)
      throws InterruptedException {
    Pending batch;
    synchronized (lock) {
      long number = slot / lane.size();
      while (number >= lane.given + lane.pending.size()) {
        if (closed || failure != null) {
          return false;
        }
        BatchBuffer buffer = lane.free.poll();
        if (buffer == null) {
          lock.wait();
        } else {
          buffer.clear();
          lane.pending.add(new Pending(buffer));
        }
      }
      batch = nth(lane.pending, (int) (number - lane.given));
    }
    batch.buffer.store((int) (slot % lane.size()), item, dataset.label(item), row);
    synchronized (lock) {
      batch.filled++;
      if (batch.filled == lane.size() || announced == dataset.size()) {
        // Whoever waits takes the batch, or says again that it waits.
        batchIsAwaited = false;
        lock.notifyAll();
      }
    }
    return true;
  }

  private static Pending nth(ArrayDeque<Pending> pending, int n) {
    return pending.stream().skip(n).findFirst().orElseThrow();
  }
}
