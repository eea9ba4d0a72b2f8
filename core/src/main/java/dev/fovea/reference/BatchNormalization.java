package dev.fovea.reference;

import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.program.ProgramException;
import java.util.Arrays;
import java.util.Map;
import java.util.function.DoubleUnaryOperator;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Batch normalization: per channel, over its m = N·H·W values, or those of all ranks together.
 *
 * <p>Training: y = γ·x̂ + β with x̂ = (x - μ)/√(σ² + ε), σ² = Σ(x - μ)²/m (Ioffe and Szegedy 2015,
 * algorithm 1); running ← (1 - momentum)·running + momentum·batch, where the batch variance is
 * multiplied by m/(m - 1) (algorithm 2, line 10). Inference: running statistics in place of μ and
 * σ².
 */
final class BatchNormalization {
  private final Call call;
  private final Op.BatchNorm op;
  private final int channels;
  private final int positions;
  private final int batch;
  private final double[] gamma;
  private final double[] beta;

  BatchNormalization(Call call, Op.BatchNorm op) {
    this.call = call;
    this.op = op;
    channels = call.inputShape(0).dim(0);
    positions = Math.toIntExact(call.inputShape(0).elements() / channels);
    batch = call.batch();
    gamma = call.param(Role.NORM_SCALE);
    beta = call.param(Role.NORM_SHIFT);
  }

  double[] training() {
    if (op.fixed()) {
      return inference();
    }
    double[] x = call.x();
    double[] y = call.newOutput();
    double[] runningMean = call.param(Role.RUNNING_MEAN);
    double[] runningVar = call.param(Role.RUNNING_VAR);
    Statistics batchStatistics = statistics();
    double m = batchStatistics.values();
    if (m < 2) {
      throw new ProgramException(
          "node '"
              + call.node().name()
              + "': batch statistics need at least 2 values per channel, got batch 1 of "
              + call.inputShape(0)
              + "; train with a larger batch or larger images");
    }
    IntStream.range(0, channels)
        .parallel()
        .forEach(
            c -> {
              double mean = batchStatistics.mean()[c];
              double variance = batchStatistics.variance()[c];
              normalize(x, y, c, mean, variance);
              runningMean[c] = (1 - op.momentum()) * runningMean[c] + op.momentum() * mean;
              runningVar[c] =
                  (1 - op.momentum()) * runningVar[c] + op.momentum() * variance * m / (m - 1);
            });
    return y;
  }

  double[] inference() {
    double[] y = call.newOutput();
    double[] mean = call.param(Role.RUNNING_MEAN);
    double[] variance = call.param(Role.RUNNING_VAR);
    for (int c = 0; c < channels; c++) {
      normalize(call.x(), y, c, mean[c], variance[c]);
    }
    return y;
  }

  /**
   * dβ = Σdy, dγ = Σdy·x̂, dx = γ/√(σ² + ε)·(dy - dβ/m - x̂·dγ/m): the chain rule of section 3,
   * simplified. The sums in dx are over all values that μ and σ² are computed from; dβ and dγ are
   * those of this rank, as the gradients of all other parameters are.
   */
  double @Nullable [] backward(double[] dy, boolean wantDx, Map<String, double[]> gradients) {
    if (op.fixed()) {
      return backwardFixed(dy, wantDx, gradients);
    }
    double[] x = call.x();
    double[] dGamma = new double[channels];
    double[] dBeta = new double[channels];
    Statistics batchStatistics = statistics();
    double[] mean = batchStatistics.mean();
    double[] scale = new double[channels];
    IntStream.range(0, channels)
        .parallel()
        .forEach(
            c -> {
              scale[c] = 1 / Math.sqrt(batchStatistics.variance()[c] + op.epsilon());
              for (int n = 0; n < batch; n++) {
                int start = (n * channels + c) * positions;
                for (int i = start; i < start + positions; i++) {
                  dBeta[c] += dy[i];
                  dGamma[c] += dy[i] * (x[i] - mean[c]) * scale[c];
                }
              }
            });
    gradients.put(call.name(Role.NORM_SCALE), dGamma);
    gradients.put(call.name(Role.NORM_SHIFT), dBeta);
    if (!wantDx) {
      return null;
    }
    double m = batchStatistics.values();
    double[] allGamma = summed(dGamma);
    double[] allBeta = summed(dBeta);
    double[] dx = new double[x.length];
    IntStream.range(0, channels)
        .parallel()
        .forEach(
            c -> {
              for (int n = 0; n < batch; n++) {
                int start = (n * channels + c) * positions;
                for (int i = start; i < start + positions; i++) {
                  double normalized = (x[i] - mean[c]) * scale[c];
                  dx[i] =
                      gamma[c] * scale[c] * (dy[i] - allBeta[c] / m - normalized * allGamma[c] / m);
                }
              }
            });
    return dx;
  }

  // Constant statistics: dx = γ/√(σ² + ε)·dy.
  private double @Nullable [] backwardFixed(
      double[] dy, boolean wantDx, Map<String, double[]> gradients) {
    double[] x = call.x();
    double[] dx = new double[x.length];
    double[] dGamma = new double[channels];
    double[] dBeta = new double[channels];
    double[] mean = call.param(Role.RUNNING_MEAN);
    double[] variance = call.param(Role.RUNNING_VAR);
    for (int n = 0; n < batch; n++) {
      for (int c = 0; c < channels; c++) {
        double scale = 1 / Math.sqrt(variance[c] + op.epsilon());
        int start = (n * channels + c) * positions;
        for (int i = start; i < start + positions; i++) {
          dBeta[c] += dy[i];
          dGamma[c] += dy[i] * (x[i] - mean[c]) * scale;
          dx[i] = gamma[c] * scale * dy[i];
        }
      }
    }
    gradients.put(call.name(Role.NORM_SCALE), dGamma);
    gradients.put(call.name(Role.NORM_SHIFT), dBeta);
    return wantDx ? dx : null;
  }

  /** The mean and variance of every channel over so many values. */
  private record Statistics(double[] mean, double[] variance, double values) {}

  // Two passes: the sum of values, and that of squared distances from their mean.
  private Statistics statistics() {
    double values = summed(new double[] {(double) batch * positions})[0];
    double[] mean = summed(perChannel(c -> sum(c, v -> v)));
    Arrays.setAll(mean, c -> mean[c] / values);
    double[] variance = summed(perChannel(c -> sum(c, v -> (v - mean[c]) * (v - mean[c]))));
    Arrays.setAll(variance, c -> variance[c] / values);
    return new Statistics(mean, variance, values);
  }

  private double[] perChannel(IntToDoubleFunction f) {
    return IntStream.range(0, channels).parallel().mapToDouble(f).toArray();
  }

  private double sum(int c, DoubleUnaryOperator of) {
    double[] x = call.x();
    double sum = 0;
    for (int n = 0; n < batch; n++) {
      int start = (n * channels + c) * positions;
      for (int i = start; i < start + positions; i++) {
        sum += of.applyAsDouble(x[i]);
      }
    }
    return sum;
  }

  // Over the ranks whose values count.
  private double[] summed(double[] values) {
    double[] sums = values.clone();
    if (op.synchronizes()) {
      call.exchange().sum(sums);
    }
    return sums;
  }

  private void normalize(double[] x, double[] y, int c, double mean, double variance) {
    double scale = 1 / Math.sqrt(variance + op.epsilon());
    for (int n = 0; n < batch; n++) {
      int start = (n * channels + c) * positions;
      for (int i = start; i < start + positions; i++) {
        y[i] = gamma[c] * (x[i] - mean) * scale + beta[c];
      }
    }
  }
}
