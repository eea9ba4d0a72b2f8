package dev.fovea;

import dev.fovea.collective.Collective;
import dev.fovea.collective.CollectiveException;
import dev.fovea.program.StepExchange;
import dev.fovea.reference.ReferenceExchange;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.jspecify.annotations.Nullable;

/**
 * Ranks that are threads of this process. Calls that differ between ranks, in order, kind or
 * length, and calls that a rank no longer makes, are failures, so that tests see what would hang on
 * a network.
 */
public final class MemoryRanks {
  private static final long DEADLINE_MILLIS = 120_000;

  private final int size;
  private final Object[] given;
  private final String[] calls;
  private Object[] results = {};
  private int arrived;
  private long round;
  private @Nullable String failure;

  private MemoryRanks(int size) {
    this.size = size;
    this.given = new Object[size];
    this.calls = new String[size];
  }

  /** What one rank does. */
  @FunctionalInterface
  public interface Work<T> {
    T run(Rank rank) throws Exception;
  }

  /** How a rank ended: with a value or a failure. */
  public record Ending<T>(Optional<T> value, Optional<Throwable> failure) {}

  /** Does the work on all ranks at once, and returns how each ended, in their order. */
  public static <T> List<Ending<T>> endings(int size, Work<T> work) {
    MemoryRanks ranks = new MemoryRanks(size);
    ExecutorService threads = Executors.newFixedThreadPool(size);
    try {
      List<Callable<Ending<T>>> all = new ArrayList<>();
      for (int r = 0; r < size; r++) {
        Rank rank = ranks.new Rank(r);
        all.add(() -> rank.ending(work));
      }
      List<Ending<T>> endings = new ArrayList<>();
      for (Future<Ending<T>> future : threads.invokeAll(all)) {
        endings.add(future.get());
      }
      return endings;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    } catch (ExecutionException e) {
      throw new AssertionError(e);
    } finally {
      threads.shutdownNow();
    }
  }

  /**
   * Does the work on all ranks at once, and returns their results, in their order. Of several
   * failures, it throws that of the rank for which the others waited in vain.
   */
  public static <T> List<T> run(int size, Work<T> work) {
    List<T> values = new ArrayList<>();
    List<Throwable> failures = new ArrayList<>();
    for (Ending<T> ending : endings(size, work)) {
      ending.value().ifPresent(values::add);
      ending.failure().ifPresent(failures::add);
    }
    if (failures.isEmpty()) {
      return values;
    }
    Throwable first =
        failures.stream()
            .filter(f -> !(f instanceof CollectiveException))
            .findFirst()
            .orElse(failures.get(0));
    if (first instanceof RuntimeException e) {
      throw e;
    }
    throw new AssertionError(first);
  }

  private synchronized Object[] meet(int rank, String call, Object value) {
    long mine = round;
    require();
    given[rank] = value;
    calls[rank] = call;
    arrived++;
    if (arrived == size) {
      if (!Arrays.stream(calls).allMatch(call::equals)) {
        failure = "the ranks made different calls: " + Arrays.toString(calls);
      }
      results = failure == null ? given.clone() : new Object[0];
      arrived = 0;
      round++;
      notifyAll();
      require();
      return results;
    }
    long end = System.currentTimeMillis() + DEADLINE_MILLIS;
    while (round == mine && failure == null) {
      long left = end - System.currentTimeMillis();
      if (left <= 0) {
        end("rank " + rank + " waited in vain with " + call);
        break;
      }
      try {
        wait(left);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new CollectiveException("rank " + rank + " was interrupted", e);
      }
    }
    if (round == mine || results.length == 0) {
      require();
    }
    return results;
  }

  private void require() {
    if (failure != null) {
      throw new CollectiveException(failure);
    }
  }

  private synchronized void end(String reason) {
    if (failure == null) {
      failure = reason;
    }
    notifyAll();
  }

  /** One rank, used by its thread. */
  public final class Rank implements Collective, StepExchange, ReferenceExchange {
    private final int number;
    private final List<Integer> lengths = new ArrayList<>();

    private Rank(int number) {
      this.number = number;
    }

    private <T> Ending<T> ending(Work<T> work) {
      try {
        T value = work.run(this);
        end("rank " + number + " has ended its work");
        return new Ending<>(Optional.of(value), Optional.empty());
      } catch (Exception | Error e) {
        end("the work of rank " + number + " threw " + e);
        return new Ending<>(Optional.empty(), Optional.of(e));
      }
    }

    @Override
    public int rank() {
      return number;
    }

    @Override
    public int size() {
      return size;
    }

    /** How many values each sum so far was of. */
    public List<Integer> lengths() {
      return List.copyOf(lengths);
    }

    @Override
    public void sum(double[] values) {
      double[] sums = new double[values.length];
      for (Object of : meet(number, "sum of " + values.length, values.clone())) {
        double[] other = (double[]) of;
        for (int i = 0; i < sums.length; i++) {
          sums[i] += other[i];
        }
      }
      System.arraycopy(sums, 0, values, 0, sums.length);
      lengths.add(values.length);
    }

    // Rounded once, so that comparisons with one rank see the error of what is tested alone.
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

    @Override
    public List<byte[]> gather(byte[] own) {
      List<byte[]> all = new ArrayList<>();
      for (Object of : meet(number, "gather", own.clone())) {
        all.add((byte[]) of);
      }
      return all;
    }

    @Override
    public void fail(String reason) {
      end("rank " + number + " failed: " + reason);
    }

    @Override
    public void close() {
      // Its thread goes on for a while; that ends the others.
    }
  }
}
