package dev.fovea;

import dev.fovea.data.source.Interruption;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gathers images of many threads into batches for the one thread that runs the network.
 *
 * <p>Nothing waits for a batch to fill: what comes while the network runs is computed together
 * afterwards. That thread and some more make the images of a batch, and then the network runs
 * alone, since its threads wait for each other and any that is held up holds up all (decision
 * 0125). Both happen in one turn on the cores, which other queues may share, and the batch is what
 * waits when the turn comes.
 *
 * <p>An image whose time has passed, or that nobody wants any more, is answered at once and neither
 * made nor computed.
 */
final class BatchQueue implements AutoCloseable {
  /** The part of a batch's time that the next may wait for those who were just answered. */
  private static final int GATHERING = 20;

  private final int many;
  private final int makers;
  private final Workers helpers;
  private final SharedCores cores;
  private final InferenceListener listener;
  private final Thread thread;
  private final Inference network;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Item> waiting = new ArrayDeque<>();
  // Only the queue's thread sees it.
  private List<Item> batch = List.of();
  private int open;
  private boolean closing;
  private @Nullable Throwable failure;

  /** What computes the answers; made, used and closed by the queue's thread. */
  interface Inference extends AutoCloseable {
    /** Computes the answers for images, at most as many as a batch has. */
    List<Networks.Answer> run(List<float[]> images);

    /** Computes the features of an image. */
    float[] features(float[] image);

    /**
     * Checks that there are features; safe for any thread.
     *
     * @throws dev.fovea.graph.GraphException if there are none, saying why
     */
    void requireFeatures();

    @Override
    void close();
  }

  /**
   * How an image came to its answer; times in nanoseconds.
   *
   * @param batch the number of images that the network was run with
   */
  record Timing(int batch, long waited, long decoded, long computed) {}

  /** An image that is made when its turn comes, and the place for its answer. */
  static final class Item {
    private final Supplier<float[]> image;
    private final boolean embeds;
    private final long asked = System.nanoTime();
    private final @Nullable Duration limit;
    private final CompletableFuture<Networks.Answer> answer = new CompletableFuture<>();
    private volatile @Nullable Throwable refusal;
    private volatile Timing timing = new Timing(0, 0, 0, 0);

    Item(Supplier<float[]> image, boolean embeds, @Nullable Duration limit) {
      this.image = image;
      this.embeds = embeds;
      this.limit = limit;
    }

    /** Completes when the image has been computed, or will not be. */
    CompletableFuture<Networks.Answer> answer() {
      return answer;
    }

    /** How it came to its answer; of use once there is one. */
    Timing timing() {
      return timing;
    }

    /** Why it need not be computed any more; answers it then. */
    private boolean isOver() {
      Duration time = limit;
      if (time != null && refusal == null && System.nanoTime() - asked >= nanos(time)) {
        refusal = late(time);
      }
      Throwable why = refusal;
      if (why != null) {
        answer.completeExceptionally(why);
      }
      return answer.isDone();
    }

    /** Makes the image; an empty array if that fails or need not be. */
    private float[] make(long turn) {
      if (isOver()) {
        return new float[0];
      }
      long start = System.nanoTime();
      try {
        float[] values = image.get();
        timing = new Timing(0, turn - asked, System.nanoTime() - start, 0);
        return isOver() ? new float[0] : values;
      } catch (Throwable e) {
        // Pictures are also made by code of callers, in Kotlin with unchecked IOExceptions.
        answer.completeExceptionally(e);
        return new float[0];
      }
    }

    private void computed(int batch, long nanos, Networks.Answer result) {
      timing = new Timing(batch, timing.waited, timing.decoded, nanos);
      answer.complete(result);
    }
  }

  private static TimeoutException late(Duration limit) {
    return new TimeoutException(
        "the image was not computed within "
            + limit.toMillis()
            + " ms; allow more time, or ask when less is asked");
  }

  // A duration may be longer than a long holds.
  private static long nanos(Duration time) {
    return TimeUnit.NANOSECONDS.convert(time);
  }

  /**
   * Starts the thread and compiles the network.
   *
   * @param many the most images of a batch
   * @param makers makes images, with the thread of the queue; closed by the queue
   * @param cores what the queue takes turns on
   * @param listener hears of every batch
   */
  BatchQueue(
      Supplier<? extends Inference> compile,
      int many,
      Makers makers,
      SharedCores cores,
      InferenceListener listener) {
    this.many = many;
    this.makers = makers.number;
    this.helpers = makers.helpers;
    this.cores = cores;
    this.listener = listener;
    CompletableFuture<Inference> compiled = new CompletableFuture<>();
    // The thread compiles as well, so that the engine's threads belong to one thread.
    this.thread = new Thread(() -> work(compiled, compile), "fovea-classifier");
    thread.setDaemon(true);
    boolean started = false;
    try {
      thread.start();
      started = true;
    } finally {
      if (!started) {
        helpers.close();
      }
    }
    this.network = await(compiled);
  }

  /**
   * Those who make images.
   *
   * @param number of threads, that of the queue included
   * @param helpers the others of them
   */
  record Makers(int number, Workers helpers) {}

  /**
   * Admits work; every admitted item is answered, even if the queue is closed meanwhile.
   *
   * @throws IllegalStateException if the queue is closed or its thread has failed
   */
  void admit() {
    locked(
        () -> {
          if (closing) {
            throw new IllegalStateException("the classifier is closed; open it again to predict");
          }
          requireThread();
          open++;
        });
  }

  /** Whether it takes work: it is not closed, and its thread has not failed. */
  boolean isWorking() {
    lock.lock();
    try {
      return !closing && failure == null;
    } finally {
      lock.unlock();
    }
  }

  private void requireThread() {
    Throwable cause = failure;
    if (cause != null) {
      throw failed(cause);
    }
  }

  private static IllegalStateException failed(Throwable cause) {
    return new IllegalStateException(
        "the classifier's thread ended because of " + cause + "; open the classifier again", cause);
  }

  private void locked(Runnable change) {
    lock.lock();
    try {
      change.run();
    } finally {
      lock.unlock();
    }
  }

  /** Waits for a result and throws what made it fail. */
  static <T> T await(CompletableFuture<T> result) {
    try {
      return result.join();
    } catch (CompletionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      } else if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw e;
    }
  }

  /** Ends what {@link #admit} began. */
  void leave() {
    locked(
        () -> {
          open--;
          changed.signal();
        });
  }

  /**
   * Queues an image.
   *
   * @param image makes it, by a thread of the queue; if it fails, so does the answer
   * @throws dev.fovea.graph.GraphException if it embeds and the network has no features
   * @throws IllegalStateException if the queue's thread has failed
   */
  CompletableFuture<Networks.Answer> submit(boolean embeds, Supplier<float[]> image) {
    if (embeds) {
      network.requireFeatures();
    }
    Item item = new Item(image, embeds, null);
    submit(item);
    return item.answer;
  }

  /**
   * Queues an image that is to be classified.
   *
   * @throws IllegalStateException if the queue's thread has failed
   */
  void submit(Item item) {
    if (item.isOver()) {
      return;
    }
    locked(
        () -> {
          requireThread();
          waiting.add(item);
          changed.signal();
        });
    Duration limit = item.limit;
    if (limit != null) {
      expireAfter(limit, item);
    }
  }

  // A long step or the turns of others must not hold up the news that it is too late.
  private void expireAfter(Duration limit, Item item) {
    CompletableFuture<Void> alarm =
        new CompletableFuture<Void>().completeOnTimeout(null, nanos(limit), TimeUnit.NANOSECONDS);
    CompletableFuture<?> unused =
        alarm.thenRun(
            () -> {
              if (!item.answer.isDone()) {
                withdraw(item, late(limit));
              }
            });
    // Or the alarm would keep the image until then; one that fails is kept (JDK-8303742).
    CompletableFuture<?> unusedToo = item.answer.whenComplete((a, e) -> alarm.complete(null));
  }

  /**
   * Answers an image with a failure, at once if it still waits, and before the network's next step
   * if it is being made; no effect if it is being computed.
   */
  void withdraw(Item item, Throwable why) {
    boolean[] waited = new boolean[1];
    locked(() -> waited[0] = waiting.remove(item));
    if (waited[0]) {
      item.answer.completeExceptionally(why);
    } else {
      item.refusal = why;
    }
  }

  private void work(CompletableFuture<Inference> compiled, Supplier<? extends Inference> compile) {
    try {
      Inference made;
      try {
        made = compile.get();
      } catch (Throwable e) {
        compiled.completeExceptionally(e);
        return;
      }
      compiled.complete(made);
      serve(made);
    } finally {
      helpers.close();
    }
  }

  private void serve(Inference made) {
    try (made) {
      while (someWait()) {
        long nanos = cores.use(() -> turn(made));
        if (batch.size() > 1) {
          gather(batch.size(), nanos / GATHERING);
        }
      }
    } catch (Throwable e) {
      fail(batch, e);
      throw e;
    }
  }

  private long turn(Inference made) {
    long start = System.nanoTime();
    batch = next();
    if (!batch.isEmpty()) {
      run(made, batch, start);
    }
    return System.nanoTime() - start;
  }

  // Nobody would ever answer those who wait, or those who come later.
  private void fail(List<Item> batch, Throwable cause) {
    List<Item> unanswered = new ArrayList<>(batch);
    locked(
        () -> {
          failure = cause;
          unanswered.addAll(waiting);
          waiting.clear();
        });
    unanswered.forEach(item -> item.answer.completeExceptionally(failed(cause)));
  }

  // Those that were just answered together often ask again at once, and the first of them would be
  // computed alone.
  private void gather(int images, long nanos) {
    lock.lock();
    try {
      long left = nanos;
      while (waiting.size() < images && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      // Then the next batch is what there is.
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until there is something to do; false when the queue is closed and all is done. */
  private boolean someWait() {
    lock.lock();
    try {
      while (waiting.isEmpty()) {
        if (closing && open == 0) {
          return false;
        }
        changed.awaitUninterruptibly();
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** The next batch; empty when all that waited has been withdrawn. */
  private List<Item> next() {
    List<Item> items = new ArrayList<>();
    while (items.size() < many) {
      Item item = poll();
      if (item == null) {
        break;
      }
      if (!item.isOver()) {
        items.add(item);
      }
    }
    return items;
  }

  private @Nullable Item poll() {
    lock.lock();
    try {
      return waiting.poll();
    } finally {
      lock.unlock();
    }
  }

  private void run(Inference made, List<Item> items, long turn) {
    attempt(
        items,
        () -> {
          float[][] images = images(items, turn);
          long decoded = System.nanoTime() - turn;
          List<Item> predictions = new ArrayList<>();
          List<float[]> inputs = new ArrayList<>();
          for (int i = 0; i < images.length; i++) {
            Item item = items.get(i);
            float[] image = images[i];
            if (image.length > 0 && item.embeds) {
              attempt(List.of(item), () -> embed(made, item, image));
            } else if (image.length > 0 && !item.isOver()) {
              predictions.add(item);
              inputs.add(image);
            }
          }
          attempt(predictions, () -> predict(made, predictions, inputs, decoded));
        });
  }

  private static void embed(Inference made, Item item, float[] image) {
    long start = System.nanoTime();
    float[] features = made.features(image);
    item.computed(1, System.nanoTime() - start, new Networks.Answer(new float[0], features));
  }

  /** Does what answers these items; if it fails, so do they, and no others. */
  private static void attempt(List<Item> items, Runnable answering) {
    try {
      answering.run();
    } catch (RuntimeException | Error e) {
      items.forEach(item -> item.answer.completeExceptionally(e));
    }
  }

  private void predict(Inference made, List<Item> items, List<float[]> images, long decoded) {
    if (images.isEmpty()) {
      return;
    }
    long start = System.nanoTime();
    List<Networks.Answer> answers = made.run(images);
    long nanos = System.nanoTime() - start;
    // Before the answers, so that whoever has one finds it counted.
    tell(images.size(), decoded, nanos);
    for (int i = 0; i < answers.size(); i++) {
      items.get(i).computed(answers.size(), nanos, answers.get(i));
    }
  }

  private void tell(int images, long decoded, long nanos) {
    try {
      listener.computed(images, Duration.ofNanos(decoded), Duration.ofNanos(nanos));
    } catch (RuntimeException e) {
      System.getLogger(BatchQueue.class.getName())
          .log(System.Logger.Level.WARNING, "the listener of a classifier failed", e);
    }
  }

  /** The images of a batch; empty arrays for those that failed. */
  private float[][] images(List<Item> items, long turn) {
    float[][] images = new float[items.size()][0];
    AtomicInteger next = new AtomicInteger();
    Runnable making =
        () -> {
          for (int i = next.getAndIncrement(); i < images.length; i = next.getAndIncrement()) {
            images[i] = items.get(i).make(turn);
          }
        };
    List<CompletableFuture<Void>> others = new ArrayList<>();
    try {
      for (int k = 1; k < Math.min(makers, images.length); k++) {
        others.add(helpers.run(making));
      }
      making.run();
    } finally {
      others.forEach(CompletableFuture::join);
    }
    return images;
  }

  /** Answers all that was admitted, then frees everything; the thread has ended afterwards. */
  @Override
  public void close() {
    locked(
        () -> {
          closing = true;
          changed.signal();
        });
    Interruption.join(thread);
  }
}
