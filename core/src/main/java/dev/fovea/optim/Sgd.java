package dev.fovea.optim;

import dev.fovea.program.BlockKernel;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Stochastic gradient descent with momentum, exactly as PyTorch's torch.optim.SGD, or SGDW, whose
 * weight decay is decoupled from gradient and momentum (Loshchilov and Hutter 2017, algorithm 1):
 *
 * <pre>
 * d = g + decay·w
 * v = momentum·v + (1 - dampening)·d       (v = d in the first step)
 * w = w - rate·v                           (Nesterov: w - rate·(d + momentum·v))
 * </pre>
 *
 * Decoupled, d = g, and w is multiplied by 1 - rate·decay first.
 *
 * @param momentum the fraction of the velocity v that is kept, in [0, 1); 0 needs no state
 * @param dampening in [0, 1]; must be 0 with Nesterov
 * @param decoupled whether weight decay is decoupled
 */
public record Sgd(double momentum, double dampening, boolean nesterov, boolean decoupled)
    implements Optimizer {

  /** Checks the constants. */
  public Sgd {
    OptimException.check(momentum >= 0 && momentum < 1, "a momentum in [0, 1)", momentum);
    OptimException.check(dampening >= 0 && dampening <= 1, "a dampening in [0, 1]", dampening);
    OptimException.check(
        !nesterov || (momentum > 0 && dampening == 0),
        "momentum above 0 and dampening 0 with Nesterov",
        "momentum " + momentum + " and dampening " + dampening);
  }

  /** Creates SGD whose weight decay is added to the gradient. */
  public Sgd(double momentum, double dampening, boolean nesterov) {
    this(momentum, dampening, nesterov, false);
  }

  /** Returns SGD with Nesterov momentum. */
  public static Sgd nesterov(double momentum) {
    return new Sgd(momentum, 0, true);
  }

  @Override
  public List<State> states() {
    return momentum == 0 ? List.of() : List.of(new State("momentum", 0));
  }

  @Override
  public BlockKernel kernel(Step step) {
    float scale = (float) step.gradientScale();
    float keep = step.number() == 0 ? 1 : (float) (1 - dampening);
    return (spec, blocks, n) -> {
      double decay = step.decayOf(spec);
      if (decoupled) {
        shrink(blocks[0], (float) (1 - step.rateOf(spec) * decay), n);
      }
      Velocity velocity =
          new Velocity(
              (float) step.rateOf(spec),
              (float) momentum,
              keep,
              scale,
              decoupled ? 0 : (float) decay);
      if (momentum == 0) {
        velocity.plain(blocks[0], blocks[1], n);
      } else if (nesterov) {
        velocity.nesterov(blocks[0], blocks[1], blocks[2], n);
      } else {
        velocity.momentum(blocks[0], blocks[1], blocks[2], n);
      }
    };
  }

  private static void shrink(float[] w, float factor, int n) {
    for (int i = 0; i < n; i++) {
      w[i] *= factor;
    }
  }

  /** The inner loops, one per variant, with the constants of one step for one parameter. */
  private record Velocity(float rate, float momentum, float keep, float scale, float decay) {

    void plain(float[] w, float[] g, int n) {
      float lr = rate;
      float s = scale;
      float wd = decay;
      for (int i = 0; i < n; i++) {
        w[i] -= lr * (s * g[i] + wd * w[i]);
      }
    }

    void momentum(float[] w, float[] v, float[] g, int n) {
      float lr = rate;
      float mu = momentum;
      float k = keep;
      float s = scale;
      float wd = decay;
      for (int i = 0; i < n; i++) {
        float m = mu * v[i] + k * (s * g[i] + wd * w[i]);
        v[i] = m;
        w[i] -= lr * m;
      }
    }

    void nesterov(float[] w, float[] v, float[] g, int n) {
      float lr = rate;
      float mu = momentum;
      float s = scale;
      float wd = decay;
      for (int i = 0; i < n; i++) {
        float d = s * g[i] + wd * w[i];
        float m = mu * v[i] + d;
        v[i] = m;
        w[i] -= lr * (d + mu * m);
      }
    }
  }

  @Override
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("name", decoupled ? "sgdw" : "sgd");
    map.put("momentum", momentum);
    map.put("dampening", dampening);
    map.put("nesterov", nesterov);
    return map;
  }
}
