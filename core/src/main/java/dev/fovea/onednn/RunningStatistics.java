package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.program.ProgramException;
import java.nio.FloatBuffer;
import java.util.List;

/**
 * Moves running statistics towards those of the batch: new = (1 - momentum) old + momentum batch,
 * the variance made unbiased by m / (m - 1) first, as PyTorch does.
 */
final class RunningStatistics {

  /**
   * One normalisation.
   *
   * @param values how many values each channel's statistics are taken over, m
   */
  record Entry(
      Tensor mean,
      Tensor variance,
      Tensor runningMean,
      Tensor runningVariance,
      int channels,
      double momentum,
      long values) {}

  private RunningStatistics() {}

  /**
   * How many values of a channel the norm takes its statistics over.
   *
   * @throws ProgramException if it is one, which has no variance
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

  static void update(List<Entry> entries) {
    entries.forEach(e -> update(e, (float) e.momentum()));
  }

  /** The same with another momentum than that of the norms. */
  static void update(List<Entry> entries, double momentum) {
    entries.forEach(e -> update(e, (float) momentum));
  }

  private static void update(Entry e, float momentum) {
    float unbiased = (float) (e.values() > 1 ? (double) e.values() / (e.values() - 1) : 1);
    blend(e.runningMean().floats(), e.mean().floats(), e.channels(), momentum, momentum);
    blend(
        e.runningVariance().floats(),
        e.variance().floats(),
        e.channels(),
        momentum,
        momentum * unbiased);
  }

  private static void blend(
      FloatBuffer running, FloatBuffer batch, int n, float momentum, float weight) {
    for (int i = 0; i < n; i++) {
      running.put(i, (1 - momentum) * running.get(i) + weight * batch.get(i));
    }
  }
}
