package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.PostOp;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.program.ProgramException;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;

/**
 * What batch normalizations with the statistics of all ranks do beyond those with constant
 * statistics: sum the statistics over ranks, and subtract from the gradient of the input what flows
 * through the statistics.
 *
 * <p>Every rank has the same number of values, because all run the same program. Sums over ranks
 * are of numbers per channel, so the time for them does not depend on batch and image size.
 */
final class SynchronizedNorms {
  private final LoweringContext ctx;

  SynchronizedNorms(LoweringContext ctx) {
    this.ctx = ctx;
  }

  /**
   * Replaces the statistics of this rank's values by those of all ranks, by the formula of Chan et
   * al. 1979: μ = Σμᵣ/R, σ² = Σ(σᵣ² + (μᵣ - μ)²)/R. Two sums, because one of squares would cancel
   * where the mean is far from 0.
   *
   * @param values per channel on one rank
   */
  void combine(Node n, Tensor mean, Tensor variance, long values) {
    int channels = n.shape().dim(0);
    Tensor sums = ctx.tensor(n.name() + " sums over ranks", ctx.vector(channels + 1));
    Instruction.Kernel kernel =
        memory -> {
          FloatBuffer means = memory.floats(mean);
          FloatBuffer variances = memory.floats(variance);
          FloatBuffer shared = memory.floats(sums);
          FloatBuffer squares = shared.duplicate().limit(channels);
          return step -> {
            shared.put(0, means, 0, channels).put(channels, 1);
            step.exchange().sum(shared);
            int ranks = Math.round(shared.get(channels));
            requireVariance(n, values * ranks);
            step.combine(ranks);
            for (int c = 0; c < channels; c++) {
              double all = (double) shared.get(c) / ranks;
              double distance = means.get(c) - all;
              means.put(c, (float) all);
              squares.put(c, (float) (variances.get(c) + distance * distance));
            }
            step.exchange().sum(squares);
            for (int c = 0; c < channels; c++) {
              variances.put(c, squares.get(c) / ranks);
            }
          };
        };
    ctx.step().kernel(n.name(), "statistics over ranks", List.of(mean, variance, sums), kernel);
  }

  private static void requireVariance(Node n, long values) {
    if (values < 2) {
      throw new ProgramException(
          "node '"
              + n.name()
              + "': batch statistics need at least 2 values per channel, got batch 1 of "
              + n.shape()
              + " on one rank; train on more ranks, or with a larger batch or larger images");
    }
  }

  /**
   * The vectors of a normalization's backward pass.
   *
   * @param scaleGradient of this rank's images, Σdy·x̂
   * @param shiftGradient of this rank's images, Σdy
   */
  record Vectors(
      Tensor scale, Tensor mean, Tensor variance, Tensor scaleGradient, Tensor shiftGradient) {}

  /**
   * Makes γ/σ·dy the gradient of the input x: dx = γ/σ·(dy - Σdy/m - x̂·Σdy·x̂/m), with sums over
   * the m values of all ranks. It is linear in x for each channel, so one multiplication and two
   * additions are left for each element.
   *
   * @param dx γ/σ·dy before, in the layout of {@code x}
   * @param values per channel on one rank
   */
  void correct(Node n, Tensor x, Tensor dx, Vectors v, double epsilon, long values) {
    MemoryDesc perChannel = ctx.perChannel(n.shape());
    Tensor factors = ctx.tensor(n.name() + " factors of its input", perChannel);
    Tensor shifts = ctx.tensor(n.name() + " shifts of its gradient", perChannel);
    int channels = n.shape().dim(0);
    Tensor sums = ctx.tensor(n.name() + " sums over ranks", ctx.vector(2 * channels));
    ctx.step()
        .kernel(
            n.name(),
            "gradients over ranks",
            List.of(
                v.scale(),
                v.mean(),
                v.variance(),
                v.scaleGradient(),
                v.shiftGradient(),
                sums,
                factors,
                shifts),
            coefficients(v, epsilon, values, channels, sums, factors, shifts));
    List<PostOp> postOps = List.of(new PostOp.AddTensor(perChannel), new PostOp.AddDestination());
    PrimitiveDesc pd =
        ctx.choose(
            n, List.of(() -> ctx.describe().multiply(x.desc(), perChannel, dx.desc(), postOps)));
    ctx.step()
        .primitive(
            n.name(),
            "batch_normalization backward statistics",
            pd,
            Map.of(Arg.SRC, x, Arg.SRC_1, factors, Arg.added(0), shifts, Arg.DST, dx));
  }

  private static Instruction.Kernel coefficients(
      Vectors v,
      double epsilon,
      long values,
      int channels,
      Tensor sums,
      Tensor factors,
      Tensor shifts) {
    return memory -> {
      FloatBuffer scale = memory.floats(v.scale());
      FloatBuffer mean = memory.floats(v.mean());
      FloatBuffer variance = memory.floats(v.variance());
      FloatBuffer scaleGradient = memory.floats(v.scaleGradient());
      FloatBuffer shiftGradient = memory.floats(v.shiftGradient());
      FloatBuffer shared = memory.floats(sums);
      FloatBuffer ofInput = memory.floats(factors);
      FloatBuffer added = memory.floats(shifts);
      return step -> {
        shared.put(0, scaleGradient, 0, channels).put(channels, shiftGradient, 0, channels);
        step.exchange().sum(shared);
        double m = (double) values * step.ranks();
        for (int c = 0; c < channels; c++) {
          double perDeviation = 1 / Math.sqrt(variance.get(c) + epsilon);
          double factor = -scale.get(c) * perDeviation * perDeviation * shared.get(c) / m;
          double level = -scale.get(c) * perDeviation * shared.get(channels + c) / m;
          ofInput.put(c, (float) factor);
          added.put(c, (float) (level - factor * mean.get(c)));
        }
        // Channels that only fill the last block.
        for (int c = channels; c < ofInput.capacity(); c++) {
          ofInput.put(c, 0);
          added.put(c, 0);
        }
      };
    };
  }
}
