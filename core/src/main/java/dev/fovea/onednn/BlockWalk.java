package dev.fovea.onednn;

import dev.fovea.program.BlockKernel;
import dev.fovea.program.ParameterSet;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Iterates over parameter sets side by side, in blocks that fit into the L1 cache.
 *
 * <p>Each block is copied to heap arrays, processed, and copied back: bulk copies run at memory
 * speed, and loops over float[] are what the JIT compiler vectorizes.
 */
final class BlockWalk {
  private static final int BLOCK = 2048;
  private static final int WORTH_SHARING = 1 << 18;

  private final int threads;
  private final ExecutorService pool;

  /** A contiguous run of elements that is present in every set. */
  private record Run(ParameterLayout.Slot slot, FloatBuffer[] views) {}

  BlockWalk(int threads) {
    this.threads = threads;
    this.pool =
        Executors.newFixedThreadPool(
            Math.max(1, threads - 1),
            r -> {
              Thread t = new Thread(r, "fovea-update");
              t.setDaemon(true);
              return t;
            });
  }

  void forEach(List<ParameterSet> writable, List<ParameterSet> readOnly, BlockKernel kernel) {
    writable.forEach(s -> ((OneDnnParameters) s).markChanged());
    List<OneDnnParameters> sets = new ArrayList<>();
    writable.forEach(s -> sets.add((OneDnnParameters) s));
    readOnly.forEach(s -> sets.add((OneDnnParameters) s));
    List<Run> runs = new ArrayList<>();
    long total = 0;
    for (ParameterLayout.Slot slot : sets.get(0).layout().slots()) {
      if (sets.stream().allMatch(s -> s.holds(slot.spec()))) {
        runs.add(new Run(slot, sets.stream().map(s -> s.raw(slot)).toArray(FloatBuffer[]::new)));
        total += slot.floats();
      }
    }
    int written = writable.size();
    if (threads == 1 || total < WORTH_SHARING) {
      part(runs, written, kernel, 0, total);
      return;
    }
    List<Future<?>> others = new ArrayList<>();
    for (int t = 1; t < threads; t++) {
      long from = cut(total, t);
      long to = cut(total, t + 1);
      others.add(pool.submit(() -> part(runs, written, kernel, from, to)));
    }
    part(runs, written, kernel, 0, cut(total, 1));
    others.forEach(BlockWalk::join);
  }

  private long cut(long total, int part) {
    return part == threads ? total : total * part / threads / BLOCK * BLOCK;
  }

  // Processes elements [from, to) of the concatenated runs.
  private static void part(List<Run> runs, int written, BlockKernel kernel, long from, long to) {
    float[][] blocks = new float[runs.isEmpty() ? 0 : runs.get(0).views().length][BLOCK];
    long start = 0;
    for (Run run : runs) {
      long length = run.slot().floats();
      int first = (int) Math.max(0, from - start);
      int last = (int) Math.min(length, to - start);
      for (int at = first; at < last; at += BLOCK) {
        int n = Math.min(BLOCK, last - at);
        for (int i = 0; i < blocks.length; i++) {
          run.views()[i].get(at, blocks[i], 0, n);
        }
        kernel.apply(run.slot().spec(), blocks, n);
        for (int i = 0; i < written; i++) {
          run.views()[i].put(at, blocks[i], 0, n);
        }
      }
      start += length;
    }
  }

  private static void join(Future<?> future) {
    try {
      future.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(
          "interrupted while parameters were updated; the step is incomplete", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("a parameter update failed: " + e.getCause(), e.getCause());
    }
  }

  void close() {
    pool.shutdown();
  }
}
