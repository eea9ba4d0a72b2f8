package dev.fovea;

import dev.fovea.data.source.Interruption;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
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
 * 0125).
 */
final class BatchQueue implements AutoCloseable {
  /** The part of a batch's time that the next may wait for those who were just answered. */
  private static final int GATHERING = 20;

  private final int many;
  private final int makers;
  private final Workers helpers;
  private final Thread thread;
  private final Inference network;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Item> waiting = new ArrayDeque<>();
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

  /** An image that is made when its turn comes, and the place for its answer. */
  private record Item(
      Supplier<float[]> image, boolean embeds, CompletableFuture<Networks.Answer> answer) {}

  /**
   * Starts the thread and compiles the network.
   *
   * @param many the most images of a batch
   * @param makers the number of threads that make images, that of the queue included
   * @param helpers the others of them; closed by the queue
   */
  BatchQueue(Supplier<? extends Inference> compile, int many, int makers, Workers helpers) {
    this.many = many;
    this.makers = makers;
    this.helpers = helpers;
    CompletableFuture<Inference> compiled = new CompletableFuture<>();
    // The thread compiles as well, so that the engine's threads belong to one thread.
    this.thread = new Thread(() -> work(compiled, compile), "fovea-classifier");
    thread.setDaemon(true);
    thread.start();
    this.network = await(compiled);
  }

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
    Item item = new Item(image, embeds, new CompletableFuture<>());
    locked(
        () -> {
          requireThread();
          waiting.add(item);
          changed.signal();
        });
    return item.answer;
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
    List<Item> batch = List.of();
    try (made) {
      for (batch = next(); !batch.isEmpty(); batch = next()) {
        long start = System.nanoTime();
        run(made, batch);
        if (batch.size() > 1) {
          gather(batch.size(), (System.nanoTime() - start) / GATHERING);
        }
      }
    } catch (Throwable e) {
      fail(batch, e);
      throw e;
    }
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

  /** The next batch; empty when the queue is closed and all is done. */
  private List<Item> next() {
    lock.lock();
    try {
      while (waiting.isEmpty()) {
        if (closing && open == 0) {
          return List.of();
        }
        changed.awaitUninterruptibly();
      }
      List<Item> batch = new ArrayList<>();
      while (batch.size() < many && !waiting.isEmpty()) {
        batch.add(waiting.remove());
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private void run(Inference made, List<Item> batch) {
    attempt(
        batch,
        () -> {
          float[][] images = images(batch);
          List<Item> predictions = new ArrayList<>();
          List<float[]> inputs = new ArrayList<>();
          for (int i = 0; i < images.length; i++) {
            Item item = batch.get(i);
            float[] image = images[i];
            if (image.length > 0 && item.embeds) {
              attempt(
                  List.of(item),
                  () ->
                      item.answer.complete(
                          new Networks.Answer(new float[0], made.features(image))));
            } else if (image.length > 0) {
              predictions.add(item);
              inputs.add(image);
            }
          }
          attempt(predictions, () -> predict(made, predictions, inputs));
        });
  }

  /** Does what answers these items; if it fails, so do they, and no others. */
  private static void attempt(List<Item> items, Runnable answering) {
    try {
      answering.run();
    } catch (RuntimeException | Error e) {
      items.forEach(item -> item.answer.completeExceptionally(e));
    }
  }

  private static void predict(Inference made, List<Item> items, List<float[]> images) {
    if (!images.isEmpty()) {
      List<Networks.Answer> answers = made.run(images);
      for (int i = 0; i < answers.size(); i++) {
        items.get(i).answer.complete(answers.get(i));
      }
    }
  }

  /** The images of a batch; empty arrays for those that failed. */
  private float[][] images(List<Item> batch) {
    float[][] images = new float[batch.size()][0];
    AtomicInteger next = new AtomicInteger();
    Runnable making =
        () -> {
          for (int i = next.getAndIncrement(); i < images.length; i = next.getAndIncrement()) {
            try {
              images[i] = batch.get(i).image.get();
            } catch (Throwable e) {
              // Pictures are also made by code of callers, in Kotlin with unchecked IOExceptions.
              batch.get(i).answer.completeExceptionally(e);
            }
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
