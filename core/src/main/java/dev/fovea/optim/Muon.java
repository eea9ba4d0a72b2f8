package dev.fovea.optim;

import dev.fovea.graph.ParamSpec;
import dev.fovea.program.BlockKernel;
import dev.fovea.program.MatrixProduct;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Muon (Jordan 2024): the filters of convolutions move by their momentum made nearly orthogonal;
 * everything else moves by SGD with the same kind of momentum.
 *
 * <pre>
 * v = momentum·v + g
 * d = g + momentum·v                       (without Nesterov: v)
 * w = w·√O / ‖w‖                           (if the weights are normalized)
 * w = w·(1 - rate·decay) - rate·O(d)
 * </pre>
 *
 * <p>A filter tensor (O, I, R, S) is taken as a matrix of O rows, that of a grouped convolution,
 * too, and O(d) is what so many Newton-Schulz iterations X = a·X + (b·A + c·A²)·X with A = X·Xᵀ,
 * starting from d / ‖d‖, make of it: a matrix with the same singular vectors, whose singular values
 * are near 1. The coefficients are those of Jordan's code: 3.4445, -4.775, 2.0315.
 *
 * <p>With {@code normalizeWeights} and three iterations this is the optimizer of airbench94_muon.
 * Filters and the rest usually want different rates: {@code lr_scale} of the parameter groups takes
 * the kind of parameter, for example {@code filters=0.36}.
 *
 * @param momentum of the filters, in [0, 1)
 * @param iterations of Newton and Schulz, 1 to 20
 * @param normalizeWeights whether filters are scaled to norm √O before each step, so that the rate
 *     alone says how far they turn; weight decay then is no decay, since the norm comes back with
 *     the next step, but a rate larger by 1 / (1 - rate·decay)
 * @param rest how all other parameters move
 */
public record Muon(
    double momentum, boolean nesterov, int iterations, boolean normalizeWeights, Sgd rest)
    implements Optimizer {
  private static final int MOST_ITERATIONS = 20;

  /** Checks the constants. */
  public Muon {
    OptimException.check(momentum >= 0 && momentum < 1, "a momentum in [0, 1)", momentum);
    OptimException.check(
        iterations >= 1 && iterations <= MOST_ITERATIONS,
        "1 to " + MOST_ITERATIONS + " Newton-Schulz iterations",
        iterations);
    OptimException.check(
        rest.momentum() > 0, "a momentum above 0 for all but the filters", rest.momentum());
  }

  static Muon of(Settings s) {
    return new Muon(
        s.number("momentum", 0.95),
        s.flag("nesterov", true),
        s.whole("iterations", 5),
        s.flag("normalize_weights", false),
        new Sgd(
            s.number("rest_momentum", 0.9),
            0,
            s.flag("rest_nesterov", true),
            s.flag("rest_decoupled", false)));
  }

  @Override
  public List<State> states() {
    return List.of(new State("momentum", 0));
  }

  /** Whether a parameter is a convolution's filters. */
  @Override
  public boolean updatesWhole(ParamSpec spec) {
    return spec.role() == ParamSpec.Role.WEIGHT && spec.shape().rank() == 4;
  }

  @Override
  public BlockKernel kernel(Step step) {
    return rest.kernel(step);
  }

  @Override
  public void update(
      ParamSpec spec,
      Step step,
      float[] weights,
      List<float[]> states,
      float[] gradient,
      MatrixProduct products) {
    float[] velocity = states.get(0);
    float scale = (float) step.gradientScale();
    float mu = (float) momentum;
    float[] direction = new float[gradient.length];
    for (int i = 0; i < gradient.length; i++) {
      float g = scale * gradient[i];
      velocity[i] = mu * velocity[i] + g;
      direction[i] = nesterov ? g + mu * velocity[i] : velocity[i];
    }
    int rows = spec.shape().dim(0);
    float[] turned = new NewtonSchulz(products).orthogonalized(direction, rows, iterations);
    double rate = step.rateOf(spec);
    double keep = 1 - rate * step.decayOf(spec);
    if (normalizeWeights) {
      double norm = NewtonSchulz.norm(weights);
      keep = norm == 0 ? keep : keep * Math.sqrt(rows) / norm;
    }
    float kept = (float) keep;
    float moved = (float) rate;
    for (int i = 0; i < weights.length; i++) {
      weights[i] = kept * weights[i] - moved * turned[i];
    }
  }

  @Override
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", "muon");
    map.put("momentum", momentum);
    map.put("nesterov", nesterov);
    map.put("iterations", (double) iterations);
    map.put("normalize_weights", normalizeWeights);
    map.put("rest_momentum", rest.momentum());
    map.put("rest_nesterov", rest.nesterov());
    map.put("rest_decoupled", rest.decoupled());
    return map;
  }
}
