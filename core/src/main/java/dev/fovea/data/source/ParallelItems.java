package dev.fovea.data.source;

import dev.fovea.data.image.DataException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Visits the numbers 0..n-1 on several threads, in chunks. The first error stops all threads and is
 * thrown to the caller.
 */
public final class ParallelItems {
  private static final int CHUNK = 64;

  /** The work for one number; returns whether to continue. */
  public interface Visit {
    boolean item(int i);
  }

  private final int n;
  private final Visit visit;
  private final AtomicInteger next = new AtomicInteger();
  private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
  private volatile boolean stopped;

  private ParallelItems(int n, Visit visit) {
    this.n = n;
    this.visit = visit;
  }

  /**
   * Visits all numbers; returns when all are done or a visit has returned {@code false}.
   *
   * @throws DataException for the first error
   */
  public static void visit(int n, int threads, Visit visit) {
    new ParallelItems(n, visit).run(threads);
  }

  private void run(int threads) {
    List<Thread> others = new ArrayList<>();
    for (int t = 1; t < threads; t++) {
      Thread other = new Thread(this::work, "fovea-decoder-" + t);
      other.setDaemon(true);
      other.start();
      others.add(other);
    }
    work();
    others.forEach(Interruption::join);
    Throwable t = failure.get();
    if (t instanceof DataException e) {
      throw e;
    }
    if (t != null) {
      throw new DataException("reading images failed: " + t, t);
    }
  }

  private void work() {
    try {
      for (int from = next.getAndAdd(CHUNK); from < n && from >= 0; from = next.getAndAdd(CHUNK)) {
        for (int i = from; i < Math.min(n, from + CHUNK); i++) {
          if (stopped || !visit.item(i)) {
            stopped = true;
            return;
          }
        }
      }
    } catch (RuntimeException | Error e) {
      failure.compareAndSet(null, e);
      stopped = true;
    }
  }
}
