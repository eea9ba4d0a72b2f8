package dev.fovea.server.model;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.Function;

/**
 * The explanations that wait, of all models: one at a time, since each has many steps of a network,
 * between which the classifiers have their turns. Safe for any number of threads.
 */
final class Explanations implements AutoCloseable {
  private static final long IDLE_SECONDS = 10;

  private final ThreadPoolExecutor pool;
  private final int most;

  /** Lets so many wait. */
  Explanations(int most) {
    this.most = most;
    this.pool =
        new ThreadPoolExecutor(
            1,
            1,
            IDLE_SECONDS,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(most),
            task -> {
              Thread thread = new Thread(task, "fovea-explainer");
              thread.setDaemon(true);
              return thread;
            });
    pool.allowCoreThreadTimeOut(true);
  }

  /** How many wait. */
  int waiting() {
    return pool.getQueue().size();
  }

  /**
   * Queues an explanation.
   *
   * @param work is asked once its turn has come, if its time has not passed before and it is still
   *     wanted; it is told how to find out whether it should stop
   * @return fails at once with a {@link RejectedExecutionException} if too many wait, and with a
   *     {@link TimeoutException} as soon as the time has passed
   */
  <T> CompletableFuture<T> ask(Function<BooleanSupplier, T> work, Optional<Duration> limit) {
    CompletableFuture<T> result = new CompletableFuture<>();
    limit.ifPresent(time -> expire(result, time));
    if (result.isDone()) {
      return result;
    }
    try {
      pool.execute(
          () -> {
            if (!result.isDone()) {
              run(work, result);
            }
          });
    } catch (RejectedExecutionException e) {
      result.completeExceptionally(
          pool.isShutdown()
              ? new IllegalStateException("the models are closed", e)
              : new BusyException(
                  most + " explanations wait, which is the limit; try again later"));
    } catch (OutOfMemoryError e) {
      result.completeExceptionally(e);
    }
    return result;
  }

  private static <T> void run(Function<BooleanSupplier, T> work, CompletableFuture<T> result) {
    try {
      result.complete(work.apply(result::isDone));
    } catch (RuntimeException | Error e) {
      result.completeExceptionally(e);
    }
  }

  private static void expire(CompletableFuture<?> result, Duration limit) {
    TimeoutException late =
        new TimeoutException(
            "the explanation was not computed within "
                + limit.toMillis()
                + " ms; allow more time, or ask for a method with fewer steps");
    long nanos = TimeUnit.NANOSECONDS.convert(limit);
    if (nanos <= 0) {
      result.completeExceptionally(late);
      return;
    }
    CompletableFuture<Void> alarm =
        new CompletableFuture<Void>().completeOnTimeout(null, nanos, TimeUnit.NANOSECONDS);
    CompletableFuture<?> unused = alarm.thenRunAsync(() -> result.completeExceptionally(late));
    // Or the alarm would keep the image until then; one that fails is kept (JDK-8303742).
    CompletableFuture<?> unusedToo = result.whenComplete((r, e) -> alarm.complete(null));
  }

  /** Computes all that waits, and ends; later ones fail. */
  @Override
  public void close() {
    pool.shutdown();
    boolean interrupted = false;
    while (!pool.isTerminated()) {
      try {
        boolean unused = pool.awaitTermination(1, TimeUnit.MINUTES);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
