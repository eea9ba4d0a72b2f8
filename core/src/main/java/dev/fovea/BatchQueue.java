package dev.fovea;

import dev.fovea.eval.LoadedModel;
import dev.fovea.program.CompileOptions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

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
  private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final ArrayDeque<Item> waiting = new ArrayDeque<>();
  private int open;
  private boolean closing;

  /** An image that is made when its turn comes, and the place for its answer. */
  private record Item(
      Supplier<float[]> image, boolean embeds, CompletableFuture<Networks.Answer> answer) {}

  /**
   * Compiles the model and starts the thread.
   *
   * @param makers the number of threads that make images
   */
  BatchQueue(LoadedModel model, CompileOptions options, int many, int makers) {
    this.many = many;
    this.makers = makers;
    this.helpers = new Workers(Math.max(1, makers - 1), "fovea-decoder");
    CompletableFuture<Networks> compiled = new CompletableFuture<>();
    // The thread compiles as well, so that the engine's threads belong to one thread.
    Thread thread = new Thread(() -> work(compiled, model, options), "fovea-classifier");
    thread.setDaemon(true);
    thread.start();
    await(compiled);
  }

  /**
   * Admits work; every admitted item is answered, even if the queue is closed meanwhile.
   *
   * @throws IllegalStateException if the queue is closed
   */
  void admit() {
    locked(
        () -> {
          if (closing) {
            throw new IllegalStateException("the classifier is closed; open it again to predict");
          }
          open++;
        });
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
   */
  CompletableFuture<Networks.Answer> submit(boolean embeds, Supplier<float[]> image) {
    Item item = new Item(image, embeds, new CompletableFuture<>());
    locked(
        () -> {
          waiting.add(item);
          changed.signal();
        });
    return item.answer;
  }

  private void work(
      CompletableFuture<Networks> compiled, LoadedModel model, CompileOptions options) {
    Networks networks;
    try {
      networks = new Networks(model, options, many);
    } catch (RuntimeException | Error e) {
      helpers.close();
      compiled.completeExceptionally(e);
      return;
    }
    compiled.complete(networks);
    try (networks) {
      for (List<Item> batch = next(); !batch.isEmpty(); batch = next()) {
        long start = System.nanoTime();
        run(networks, batch);
        if (batch.size() > 1) {
          gather(batch.size(), (System.nanoTime() - start) / GATHERING);
        }
      }
    } finally {
      helpers.close();
      ended.complete(true);
    }
  }

  // Those that were just answered together often ask again at once, and the first of them would be
  // computed alone.
  private void gather(int images, long nanos) {
    long until = System.nanoTime() + nanos;
    while (size() < images && System.nanoTime() < until) {
      Thread.yield();
    }
  }

  private int size() {
    lock.lock();
    try {
      return waiting.size();
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

  private void run(Networks networks, List<Item> batch) {
    float[][] images = made(batch);
    List<Item> predictions = new ArrayList<>();
    List<float[]> inputs = new ArrayList<>();
    try {
      for (int i = 0; i < images.length; i++) {
        Item item = batch.get(i);
        if (images[i].length > 0 && item.embeds) {
          float[] features = networks.features(images[i]);
          item.answer.complete(new Networks.Answer(new float[0], features));
        } else if (images[i].length > 0) {
          predictions.add(item);
          inputs.add(images[i]);
        }
      }
      if (!inputs.isEmpty()) {
        List<Networks.Answer> answers = networks.run(inputs);
        for (int i = 0; i < answers.size(); i++) {
          predictions.get(i).answer.complete(answers.get(i));
        }
      }
    } catch (RuntimeException | Error e) {
      batch.forEach(item -> item.answer.completeExceptionally(e));
    }
  }

  /** The images of a batch; empty arrays for those that failed. */
  private float[][] made(List<Item> batch) {
    float[][] images = new float[batch.size()][0];
    AtomicInteger next = new AtomicInteger();
    Runnable making =
        () -> {
          for (int i = next.getAndIncrement(); i < images.length; i = next.getAndIncrement()) {
            try {
              images[i] = batch.get(i).image.get();
            } catch (RuntimeException | Error e) {
              batch.get(i).answer.completeExceptionally(e);
            }
          }
        };
    List<CompletableFuture<Void>> others = new ArrayList<>();
    for (int k = 1; k < Math.min(makers, images.length); k++) {
      others.add(helpers.run(making));
    }
    making.run();
    others.forEach(CompletableFuture::join);
    return images;
  }

  /** Answers all that was admitted, then frees everything. */
  @Override
  public void close() {
    locked(
        () -> {
          closing = true;
          changed.signal();
        });
    await(ended);
  }
}
