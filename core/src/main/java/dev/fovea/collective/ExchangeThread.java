package dev.fovea.collective;

import java.nio.FloatBuffer;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs the operations of a collective on a thread of its own, one after another in the order in
 * which they were asked for, so that ranks exchange while they compute.
 *
 * <p>The order is that of the calls, so all ranks have the same one if their programs make the same
 * calls. After an operation has failed, all later ones fail for the same reason, without being
 * tried. An interrupt of the caller while it waits is such a failure, and the other ranks are told.
 * Used by one thread; it does not own the collective, which nobody else may use meanwhile.
 */
public final class ExchangeThread implements AutoCloseable {
  private static final int BLOCK = 4096;

  private final Collective collective;
  private final ExecutorService thread;
  private final ArrayDeque<Future<?>> pending = new ArrayDeque<>();
  private volatile @Nullable Throwable failure;
  private long waited;
  private long bytes;

  /** Starts a thread. */
  public ExchangeThread(Collective collective) {
    this.collective = collective;
    this.thread =
        Executors.newSingleThreadExecutor(
            task -> {
              Thread t = new Thread(task, "fovea-exchange-" + collective.rank());
              t.setDaemon(true);
              return t;
            });
  }

  /**
   * Begins to replace values by their means over all ranks: their sum, divided by the number of
   * ranks.
   *
   * @param values left alone by the caller until {@link #await} has returned
   */
  public void mean(FloatBuffer values) {
    bytes += (long) values.remaining() * Float.BYTES;
    pending.add(
        submit(
            () -> {
              collective.sum(values);
              divide(values, collective.size());
              return values;
            }));
  }

  private static void divide(FloatBuffer values, int by) {
    float[] block = new float[BLOCK];
    for (int at = values.position(); at < values.limit(); at += BLOCK) {
      int n = Math.min(BLOCK, values.limit() - at);
      values.get(at, block, 0, n);
      for (int i = 0; i < n; i++) {
        block[i] /= by;
      }
      values.put(at, block, 0, n);
    }
  }

  /** Replaces values by their sums over all ranks before it returns. */
  public void sum(FloatBuffer values) {
    bytes += (long) values.remaining() * Float.BYTES;
    result(
        submit(
            () -> {
              collective.sum(values);
              return values;
            }));
  }

  /** Gives every rank what each rank has given, in the order of the ranks. */
  public List<byte[]> gather(byte[] own) {
    bytes += own.length;
    return result(submit(() -> collective.gather(own)));
  }

  /** Waits until all values are means. */
  public void await() {
    for (Future<?> next = pending.poll(); next != null; next = pending.poll()) {
      result(next);
    }
  }

  /** Tells the other ranks why this one ends, once the operations begun are over. */
  public void fail(String reason) {
    thread.execute(() -> collective.fail(reason));
  }

  /** The nanoseconds in which callers have waited for operations so far. */
  public long waitedNanos() {
    return waited;
  }

  /** The bytes that were given to operations so far. */
  public long bytes() {
    return bytes;
  }

  private <T> Future<T> submit(Callable<T> operation) {
    return thread.submit(
        () -> {
          if (failure != null) {
            throw new CollectiveException(reason(failure), failure);
          }
          try {
            return operation.call();
          } catch (RuntimeException | Error e) {
            failure = e;
            throw e;
          }
        });
  }

  private <T> T result(Future<T> operation) {
    long from = System.nanoTime();
    try {
      return operation.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      CollectiveException interrupted =
          new CollectiveException(
              "interrupted while waiting for the other ranks; the step is incomplete", e);
      failure = interrupted;
      fail("its thread was interrupted while it waited for the other ranks");
      throw interrupted;
    } catch (ExecutionException e) {
      Throwable cause = Objects.requireNonNullElse(e.getCause(), e);
      throw new CollectiveException(reason(cause), cause);
    } finally {
      waited += System.nanoTime() - from;
    }
  }

  private static String reason(Throwable failure) {
    return failure instanceof CollectiveException
        ? String.valueOf(failure.getMessage())
        : "the exchange with other ranks failed: " + failure;
  }

  /** Waits for the operations begun, which end at the collective's deadline, and the thread. */
  @Override
  public void close() {
    thread.shutdown();
    boolean interrupted = false;
    while (true) {
      try {
        if (thread.awaitTermination(1, TimeUnit.HOURS)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
