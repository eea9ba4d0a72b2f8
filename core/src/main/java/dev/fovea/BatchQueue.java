package dev.fovea;

import dev.fovea.eval.LoadedModel;
import dev.fovea.program.CompileOptions;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Gathers images of many threads into batches for the one thread that runs the network.
 *
 * <p>Nothing waits for a batch to fill: what comes while the network runs is computed together
 * afterwards. Images are made between the runs of the network and not beside it, since its threads
 * wait for each other and any that is held up holds up all (decision 0125). So a batch starts when
 * enough images are ready, or when nobody makes one.
 */
final class BatchQueue implements AutoCloseable {
  private final int makers;
  private final int many;
  private final ArrayDeque<Item> ready = new ArrayDeque<>();
  private final CompletableFuture<Boolean> ended = new CompletableFuture<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private int making;
  private int wanting;
  private int open;
  private boolean running;
  private boolean closing;

  /** A normalized image with the place for its answer; for features if {@code embeds}. */
  private record Item(float[] image, boolean embeds, CompletableFuture<Networks.Answer> answer) {}

  /**
   * Compiles the model and starts the thread.
   *
   * @param makers the most images that are made at the same time
   */
  BatchQueue(LoadedModel model, CompileOptions options, int many, int makers) {
    this.makers = makers;
    this.many = many;
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
      changed.signalAll();
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
    locked(() -> open--);
  }

  /**
   * Makes an image between the runs of the network and queues it.
   *
   * @param image may fail, and then so does this call
   */
  CompletableFuture<Networks.Answer> submit(boolean embeds, Supplier<float[]> image) {
    CompletableFuture<Networks.Answer> answer = new CompletableFuture<>();
    begin();
    try {
      Item item = new Item(image.get(), embeds, answer);
      locked(() -> ready.add(item));
      return answer;
    } finally {
      locked(() -> making--);
    }
  }

  private void begin() {
    locked(
        () -> {
          wanting++;
          while (running || making >= makers || ready.size() + making >= many) {
            changed.awaitUninterruptibly();
          }
          wanting--;
          making++;
        });
  }

  private void work(
      CompletableFuture<Networks> compiled, LoadedModel model, CompileOptions options) {
    Networks networks;
    try {
      networks = new Networks(model, options, many);
    } catch (RuntimeException | Error e) {
      compiled.completeExceptionally(e);
      return;
    }
    compiled.complete(networks);
    try (networks) {
      for (List<Item> batch = next(); !batch.isEmpty(); batch = next()) {
        run(networks, batch);
        locked(() -> running = false);
      }
    } finally {
      ended.complete(true);
    }
  }

  /** The next batch; empty when the queue is closed and all is done. */
  private List<Item> next() {
    lock.lock();
    try {
      while (!(ready.size() >= many || !ready.isEmpty() && making == 0 && wanting == 0)) {
        if (closing && open == 0) {
          return List.of();
        }
        changed.awaitUninterruptibly();
      }
      running = true;
      List<Item> batch = new ArrayList<>();
      while (batch.size() < many && !ready.isEmpty()) {
        batch.add(ready.remove());
      }
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private static void run(Networks networks, List<Item> batch) {
    List<Item> predictions = batch.stream().filter(i -> !i.embeds).toList();
    try {
      if (!predictions.isEmpty()) {
        List<Networks.Answer> answers =
            networks.run(predictions.stream().map(Item::image).toList());
        for (int i = 0; i < answers.size(); i++) {
          predictions.get(i).answer.complete(answers.get(i));
        }
      }
      for (Item item : batch) {
        if (item.embeds) {
          float[] features = networks.features(item.image);
          item.answer.complete(new Networks.Answer(new float[0], features));
        }
      }
    } catch (RuntimeException | Error e) {
      batch.forEach(item -> item.answer.completeExceptionally(e));
    }
  }

  /** Answers all that was admitted, then frees everything. */
  @Override
  public void close() {
    locked(() -> closing = true);
    await(ended);
  }
}
