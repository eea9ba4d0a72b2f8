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
   */
  record Entry(
      Tensor mean,
      Tensor variance,
      Tensor runningMean,
      Tensor runningVariance,
      int channels,
      double momentum,
      long values) {}

  /** An entry whose vectors have addresses. */
  private record Bound(
      FloatBuffer mean,
      FloatBuffer variance,
      FloatBuffer runningMean,
      FloatBuffer runningVariance,
      int channels,
      double momentum,
      long values) {}

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
                        e.values()))
            .toArray(Bound[]::new));
  }

  /** A kernel that updates the statistics in a training step. */
  static Instruction.Kernel kernel(List<Entry> entries) {
    return memory -> {
      RunningStatistics statistics = bind(entries, memory);
      return step -> statistics.update();
    };
  }

  /**
   * The number of values per channel over which the norm computes its statistics.
   *
   * @throws ProgramException if it is 1, for which there is no unbiased variance
   */
  static long values(Node norm, int batch) {
    long values = batch * norm.shape().elements() / norm.shape().dim(0);
    if (values < 2) {
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

  /** Updates all running statistics with the momentum of their norms. */
  void update() {
    for (Bound b : bound) {
      update(b, (float) b.momentum());
    }
  }

  /** Updates all running statistics with {@code momentum} in place of that of the norms. */
  void update(double momentum) {
    for (Bound b : bound) {
      update(b, (float) momentum);
    }
  }

  private static void update(Bound b, float momentum) {
    float unbiased = (float) (b.values() > 1 ? (double) b.values() / (b.values() - 1) : 1);
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
