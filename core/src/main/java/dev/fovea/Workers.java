package dev.fovea;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Threads that read or decode images; they end when they have been idle for some seconds. */
final class Workers implements AutoCloseable {
  private static final long IDLE_SECONDS = 10;

  private final ThreadPoolExecutor pool;

  Workers(int threads, String name) {
    pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, name);
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
  }

  /** Runs a task that starts something; the result is what that ends with. */
  <T> CompletableFuture<T> start(Supplier<CompletableFuture<T>> task) {
    return CompletableFuture.supplyAsync(task, pool).thenCompose(started -> started);
  }

  /** Runs a task. */
  CompletableFuture<Void> run(Runnable task) {
    return CompletableFuture.runAsync(task, pool);
  }

  @Override
  public void close() {
    pool.shutdown();
  }
}
