package dev.fovea;

import dev.fovea.program.StepExchange;
import dev.fovea.reference.ReferenceExchange;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Phaser;

/** Ranks that are threads of this process, and sum over ranks in their order. */
public final class RankThreads {
  private final int size;
  private final Phaser all;
  private final double[][] given;

  private RankThreads(int size) {
    this.size = size;
    this.all = new Phaser(size);
    this.given = new double[size][];
  }

  /** What one rank does. */
  @FunctionalInterface
  public interface Work<T> {
    T run(Rank rank) throws Exception;
  }

  /** Does the work on all ranks at once; their results, in the order of the ranks. */
  public static <T> List<T> run(int size, Work<T> work) {
    RankThreads ranks = new RankThreads(size);
    ExecutorService threads = Executors.newFixedThreadPool(size);
    try {
      List<Future<T>> running = new ArrayList<>();
      for (int r = 0; r < size; r++) {
        Rank rank = ranks.new Rank(r);
        running.add(threads.submit(() -> rank.run(work)));
      }
      return results(running);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    } finally {
      threads.shutdownNow();
    }
  }

  // Of several failures, that of the rank for which the others waited in vain.
  private static <T> List<T> results(List<Future<T>> running) throws InterruptedException {
    List<T> results = new ArrayList<>();
    List<Throwable> failures = new ArrayList<>();
    for (Future<T> future : running) {
      try {
        results.add(future.get());
      } catch (ExecutionException e) {
        failures.add(e.getCause());
      }
    }
    if (failures.isEmpty()) {
      return results;
    }
    Throwable first =
        failures.stream()
            .filter(f -> !(f instanceof WaitedInVain))
            .findFirst()
            .orElse(failures.get(0));
    if (first instanceof RuntimeException e) {
      throw e;
    }
    throw new AssertionError(first);
  }

  private static final class WaitedInVain extends RuntimeException {
    private static final long serialVersionUID = 1;

    WaitedInVain(int rank) {
      super("rank " + rank + " waited for one that failed");
    }
  }

  /** One rank, used by its thread. */
  public final class Rank implements StepExchange, ReferenceExchange {
    private final int number;
    private final List<Integer> lengths = new ArrayList<>();

    private Rank(int number) {
      this.number = number;
    }

    private <T> T run(Work<T> work) throws Exception {
      try {
        return work.run(this);
      } catch (Exception | Error e) {
        all.forceTermination();
        throw e;
      }
    }

    public int number() {
      return number;
    }

    public int size() {
      return size;
    }

    /** How many values each sum so far was of. */
    public List<Integer> lengths() {
      return List.copyOf(lengths);
    }

    @Override
    public void sum(double[] values) {
      given[number] = values.clone();
      await();
      for (int i = 0; i < values.length; i++) {
        double sum = 0;
        for (double[] of : given) {
          sum += of[i];
        }
        values[i] = sum;
      }
      lengths.add(values.length);
      // No rank gives its next values before all have read these.
      await();
    }

    // Rounded once: it is no error of a norm.
    @Override
    public void sum(FloatBuffer values) {
      double[] wide = new double[values.remaining()];
      for (int i = 0; i < wide.length; i++) {
        wide[i] = values.get(values.position() + i);
      }
      sum(wide);
      for (int i = 0; i < wide.length; i++) {
        values.put(values.position() + i, (float) wide[i]);
      }
    }

    @Override
    public void ready(int bucket) {
      // Gradients are compared rank by rank.
    }

    private void await() {
      if (all.arriveAndAwaitAdvance() < 0) {
        throw new WaitedInVain(number);
      }
    }
  }
}
