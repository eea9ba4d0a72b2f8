package dev.fovea.optim;

import dev.fovea.program.BlockKernel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Adam (Kingma and Ba 2014, algorithm 1) and AdamW (Loshchilov and Hutter 2017, algorithm 2),
 * exactly as torch.optim.Adam and AdamW; with t counted from 1:
 *
 * <pre>
 * g = g + decay·w                         (Adam)     w = w - rate·decay·w     (AdamW)
 * m = beta1·m + (1 - beta1)·g
 * v = beta2·v + (1 - beta2)·g²
 * w = w - rate/(1 - beta1^t)·m/(√v/√(1 - beta2^t) + epsilon)
 * </pre>
 *
 * @param beta1 the decay rate of the mean m, in [0, 1)
 * @param beta2 the decay rate of the mean square v, in [0, 1)
 * @param epsilon added to the denominator; above 0
 * @param decoupled AdamW: weight decay is applied to the weights directly, not through the gradient
 */
public record Adam(double beta1, double beta2, double epsilon, boolean decoupled)
    implements Optimizer {

  /** Checks the constants. */
  public Adam {
    OptimException.check(beta1 >= 0 && beta1 < 1, "a beta1 in [0, 1)", beta1);
    OptimException.check(beta2 >= 0 && beta2 < 1, "a beta2 in [0, 1)", beta2);
    OptimException.check(
        epsilon > 0 && epsilon < Double.POSITIVE_INFINITY, "an epsilon above 0", epsilon);
  }

  @Override
  public List<State> states() {
    return List.of(new State("mean", 0), new State("mean_square", 0));
  }

  @Override
  public BlockKernel kernel(Step step) {
    double t = step.number() + 1.0;
    double bias1 = 1 - Math.pow(beta1, t);
    double bias2 = Math.sqrt(1 - Math.pow(beta2, t));
    return (spec, blocks, n) -> {
      double rate = step.rateOf(spec);
      double decay = step.decayOf(spec);
      Loop loop =
          new Loop(
              (float) (rate / bias1),
              (float) step.gradientScale(),
              decoupled ? 0 : (float) decay,
              decoupled ? (float) (rate * decay) : 0,
              (float) (1 / bias2),
              (float) epsilon);
      loop.run(blocks, (float) beta1, (float) (1 - beta1), (float) beta2, (float) (1 - beta2), n);
    };
  }

  /** The inner loop, with the constants of one step for one parameter. */
  private record Loop(
      float rate, float scale, float decay, float shrink, float root, float epsilon) {

    void run(float[][] blocks, float keep1, float part1, float keep2, float part2, int n) {
      float[] w = blocks[0];
      float[] m = blocks[1];
      float[] v = blocks[2];
      float[] gradient = blocks[3];
      for (int i = 0; i < n; i++) {
        float g = scale * gradient[i] + decay * w[i];
        float mean = keep1 * m[i] + part1 * g;
        float square = keep2 * v[i] + part2 * g * g;
        m[i] = mean;
        v[i] = square;
        w[i] = w[i] - shrink * w[i] - rate * mean / ((float) Math.sqrt(square) * root + epsilon);
      }
    }
  }

  @Override
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", decoupled ? "adamw" : "adam");
    map.put("beta1", beta1);
    map.put("beta2", beta2);
    map.put("epsilon", epsilon);
    return map;
  }
}
