package dev.fovea.collective;

import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Ranks that are threads of this process. Calls that differ between ranks, in order, kind or
 * length, are failures, so that tests see what would hang on a network.
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

  /** How a rank ended: with a value or a failure. */
  public record Ending<T>(Optional<T> value, Optional<Throwable> failure) {}

  /** Does the work on all ranks at once, and returns how each ended, in their order. */
  public static <T> List<Ending<T>> endings(int size, Function<Collective, T> work) {
    MemoryRanks ranks = new MemoryRanks(size);
    ExecutorService threads = Executors.newFixedThreadPool(size);
    try {
      List<Callable<Ending<T>>> all = new ArrayList<>();
      for (int r = 0; r < size; r++) {
        Collective rank = ranks.new Rank(r);
        all.add(() -> ending(rank, work));
      }
      List<Ending<T>> endings = new ArrayList<>();
      for (Future<Ending<T>> future : threads.invokeAll(all)) {
        endings.add(future.get());
      }
      return endings;
    } catch (Exception e) {
      throw new AssertionError(e);
    } finally {
      threads.shutdownNow();
    }
  }

  private static <T> Ending<T> ending(Collective rank, Function<Collective, T> work) {
    try (rank) {
      return new Ending<>(Optional.of(work.apply(rank)), Optional.empty());
    } catch (RuntimeException | Error e) {
      return new Ending<>(Optional.empty(), Optional.of(e));
    }
  }

  /** Does the work on all ranks at once, and returns their results, in their order. */
  public static <T> List<T> run(int size, Function<Collective, T> work) {
    List<T> values = new ArrayList<>();
    for (Ending<T> ending : endings(size, work)) {
      values.add(
          ending.value().orElseThrow(() -> new AssertionError(ending.failure().orElseThrow())));
    }
    return values;
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
        failure = "rank " + rank + " waited in vain with " + call;
        notifyAll();
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

  private final class Rank implements Collective {
    private final int number;

    Rank(int number) {
      this.number = number;
    }

    @Override
    public int rank() {
      return number;
    }

    @Override
    public int size() {
      return size;
    }

    @Override
    public void sum(FloatBuffer values) {
      float[] own = new float[values.remaining()];
      values.get(values.position(), own);
      float[] sum = new float[own.length];
      for (Object of : meet(number, "sum of " + own.length, own)) {
        float[] other = (float[]) of;
        for (int i = 0; i < sum.length; i++) {
          sum[i] += other[i];
        }
      }
      values.put(values.position(), sum);
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
      end(reason);
    }

    @Override
    public void close() {
      // A rank that left makes the others wait in vain.
    }
  }
}
