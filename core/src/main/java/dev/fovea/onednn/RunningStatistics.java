package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.program.ProgramException;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.List;

/**
 * Updates running statistics from those of the batch: new = (1 - momentum) old + momentum batch,
 * with the unbiased variance, m / (m - 1) times the batch's, as in PyTorch.
 */
final class RunningStatistics {

  /**
   * A normalization whose statistics are updated.
   *
   * @param values m, the number of values per channel over which statistics are computed
   * @param synchronizes whether there are as many more on each other rank
   */
  record Entry(
      Tensor mean,
      Tensor variance,
      Tensor runningMean,
      Tensor runningVariance,
      int channels,
      double momentum,
      long values,
      boolean synchronizes) {}

  /** An entry whose vectors have addresses. */
  private record Bound(
      FloatBuffer mean,
      FloatBuffer variance,
      FloatBuffer runningMean,
      FloatBuffer runningVariance,
      int channels,
      double momentum,
      long values,
      boolean synchronizes) {}

  private final Bound[] bound;

  private RunningStatistics(Bound[] bound) {
    this.bound = bound;
  }

  /**
   * Binds the statistics to their addresses; all must stay allocated as long as they are updated.
   */
  static RunningStatistics bind(List<Entry> entries, ProgramMemory memory) {
    return new RunningStatistics(
        entries.stream()
            .map(
                e ->
                    new Bound(
                        memory.floats(e.mean()),
                        memory.floats(e.variance()),
                        memory.floats(e.runningMean()),
                        memory.floats(e.runningVariance()),
                        e.channels(),
                        e.momentum(),
                        e.values(),
                        e.synchronizes()))
            .toArray(Bound[]::new));
  }

  /** A kernel that updates the statistics in a training step. */
  static Instruction.Kernel kernel(List<Entry> entries) {
    return memory -> {
      RunningStatistics statistics = bind(entries, memory);
      return statistics::update;
    };
  }

  /**
   * The number of values per channel over which the norm computes its statistics.
   *
   * @throws ProgramException if it is 1, for which there is no unbiased variance, and other ranks
   *     cannot have more
   */
  static long values(Node norm, int batch) {
    long values = batch * norm.shape().elements() / norm.shape().dim(0);
    if (values < 2 && !Norms.of(norm).synchronizes()) {
      throw new ProgramException(
          "node '"
              + norm.name()
              + "': batch statistics need at least 2 values per channel, got batch 1 of "
              + norm.shape()
              + "; train with a larger batch or larger images");
    }
    return values;
  }

  /** The running means and variances in a fixed order; live. */
  List<FloatBuffer> running() {
    List<FloatBuffer> all = new ArrayList<>();
    for (Bound b : bound) {
      all.add(b.runningMean().slice(0, b.channels()));
      all.add(b.runningVariance().slice(0, b.channels()));
    }
    return all;
  }

  /** Updates all running statistics after the forward pass of a run, by the norms' momentum. */
  void update(StepRun run) {
    for (Bound b : bound) {
      update(b, (float) b.momentum(), run.ranks());
    }
  }

  /** Updates all running statistics with {@code momentum} in place of that of the norms. */
  void update(StepRun run, double momentum) {
    for (Bound b : bound) {
      update(b, (float) momentum, run.ranks());
    }
  }

  private static void update(Bound b, float momentum, int ranks) {
    long m = b.synchronizes() ? b.values() * ranks : b.values();
    float unbiased = (float) (m > 1 ? (double) m / (m - 1) : 1);
    blend(b.runningMean(), b.mean(), b.channels(), momentum, momentum);
    blend(b.runningVariance(), b.variance(), b.channels(), momentum, momentum * unbiased);
  }

  private static void blend(
      FloatBuffer running, FloatBuffer batch, int n, float momentum, float weight) {
    for (int i = 0; i < n; i++) {
      running.put(i, (1 - momentum) * running.get(i) + weight * batch.get(i));
    }
  }
}
