package dev.fovea.optim;

import dev.fovea.graph.ParamSpec;
import dev.fovea.program.BlockKernel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Layer-wise adaptive rate scaling for large batches (You, Gitman and Ginsburg 2017, arXiv
 * 1708.03888, algorithm 1 and equation 6): every weight tensor moves by about the same fraction of
 * its own norm.
 *
 * <pre>
 * local = trust·‖w‖ / (‖g‖ + decay·‖w‖)
 * v     = momentum·v + rate·local·(g + decay·w)
 * w     = w - v
 * </pre>
 *
 * <p>Biases, scales and shifts of normalization layers, and tensors whose weights or gradients are
 * all zero use local = 1, because their norms do not indicate a useful step size. {@link
 * ParameterGroups} decides whether they are decayed; with LARS they usually are not.
 *
 * @param momentum the fraction of the step v that is kept, in [0, 1)
 * @param trust the trust coefficient: how far a tensor moves relative to its norm at rate 1; above
 *     0
 */
public record Lars(double momentum, double trust) implements Optimizer {

  /** Checks the constants. */
  public Lars {
    OptimException.check(momentum >= 0 && momentum < 1, "a momentum in [0, 1)", momentum);
    OptimException.check(
        trust > 0 && trust < Double.POSITIVE_INFINITY, "a trust coefficient above 0", trust);
  }

  @Override
  public List<State> states() {
    return List.of(new State("momentum", 0));
  }

  @Override
  public boolean needsNorms() {
    return true;
  }

  @Override
  public BlockKernel kernel(Step step) {
    float mu = (float) momentum;
    float scale = (float) step.gradientScale();
    return (spec, blocks, n) -> {
      float rate = (float) (step.rateOf(spec) * local(step, spec));
      float decay = (float) step.decayOf(spec);
      move(blocks, new float[] {mu, rate, scale, decay}, n);
    };
  }

  private double local(Step step, ParamSpec spec) {
    Norms norms = step.norms().get(spec.name());
    if (spec.role() != ParamSpec.Role.WEIGHT || norms == null) {
      return 1;
    }
    double gradient = step.gradientScale() * norms.gradient();
    return norms.weight() == 0 || gradient == 0
        ? 1
        : trust * norms.weight() / (gradient + step.decayOf(spec) * norms.weight());
  }

  private static void move(float[][] blocks, float[] constants, int n) {
    float[] w = blocks[0];
    float[] v = blocks[1];
    float[] g = blocks[2];
    float mu = constants[0];
    float rate = constants[1];
    float scale = constants[2];
    float decay = constants[3];
    for (int i = 0; i < n; i++) {
      float m = mu * v[i] + rate * (scale * g[i] + decay * w[i]);
      v[i] = m;
      w[i] -= m;
    }
  }

  @Override
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", "lars");
    map.put("momentum", momentum);
    map.put("trust", trust);
    return map;
  }
}
