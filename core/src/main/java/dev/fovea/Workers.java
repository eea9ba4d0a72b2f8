package dev.fovea;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** Threads that read and decode images; they end when they have been idle for some seconds. */
final class Workers implements AutoCloseable {
  private static final long IDLE_SECONDS = 10;

  private final ThreadPoolExecutor pool;

  Workers(int threads) {
    pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new LinkedBlockingQueue<>(),
            task -> {
              Thread thread = new Thread(task, "fovea-images");
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
  }

  /** Runs a task that starts something; the result is what that ends with. */
  <T> CompletableFuture<T> run(Supplier<CompletableFuture<T>> task) {
    return CompletableFuture.supplyAsync(task, pool).thenCompose(started -> started);
  }

  @Override
  public void close() {
    pool.shutdown();
  }
}
