package dev.fovea;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Threads that read or decode images; they end when they have been idle for some seconds. */
final class Workers implements AutoCloseable {
  private static final long IDLE_SECONDS = 10;

  private final ThreadPoolExecutor pool;

  Workers(int threads, String name) {
    this(
        threads,
        task -> {
          Thread thread = new Thread(task, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  Workers(int threads, ThreadFactory factory) {
    pool =
        new ThreadPoolExecutor(
            threads, threads, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(), factory);
    pool.allowCoreThreadTimeOut(true);
  }

  /**
   * Runs a task that starts something; the result is what that ends with, and fails if the task
   * does or if it gets no thread.
   */
  <T> CompletableFuture<T> start(Supplier<CompletableFuture<T>> task) {
    CompletableFuture<T> result = new CompletableFuture<>();
    try {
      pool.execute(() -> start(task, result));
    } catch (RuntimeException | Error e) {
      result.completeExceptionally(e);
    }
    return result;
  }

  private static <T> void start(Supplier<CompletableFuture<T>> task, CompletableFuture<T> result) {
    try {
      CompletableFuture<T> unused =
          task.get()
              .whenComplete(
                  (value, failure) -> {
                    if (failure == null) {
                      result.complete(value);
                    } else {
                      result.completeExceptionally(failure);
                    }
                  });
    } catch (Throwable e) {
      result.completeExceptionally(e);
    }
  }

  /**
   * Runs a task.
   *
   * @throws OutOfMemoryError if it gets no thread
   */
  CompletableFuture<Void> run(Runnable task) {
    return CompletableFuture.runAsync(task, pool);
  }

  @Override
  public void close() {
    pool.shutdown();
  }
}
