package dev.fovea.reference;

import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * The formulas of optimizers in float64, for one array at a time; PyTorch's meaning of every
 * option.
 */
public final class ReferenceOptimizers {
  private ReferenceOptimizers() {}

  /**
   * Stochastic gradient descent with momentum (Sutskever et al. 2013 in PyTorch's form):
   *
   * <pre>
   *   d = g + weightDecay·w
   *   v = d at the first step, momentum·v + (1 - dampening)·d afterwards       (if momentum is not 0)
   *   w = w - lr·(d + momentum·v) with Nesterov, w - lr·v without, w - lr·d without momentum
   * </pre>
   */
  public static final class Sgd {
    private final double momentum;
    private final double dampening;
    private final double weightDecay;
    private final boolean nesterov;
    private final Map<String, double[]> velocity = new HashMap<>();

    /**
     * An optimizer that has taken no step.
     *
     * @throws IllegalArgumentException if Nesterov is asked for without momentum or with dampening
     */
    public Sgd(double momentum, double dampening, double weightDecay, boolean nesterov) {
      if (nesterov && (momentum <= 0 || dampening != 0)) {
        throw new IllegalArgumentException(
            "Nesterov needs momentum above 0 and dampening 0, got momentum "
                + momentum
                + " and dampening "
                + dampening);
      }
      this.momentum = momentum;
      this.dampening = dampening;
      this.weightDecay = weightDecay;
      this.nesterov = nesterov;
    }

    /** Moves the weights of parameter {@code name} in place, against gradient {@code g}. */
    public void step(String name, double[] w, double[] g, double lr) {
      boolean first = !velocity.containsKey(name);
      double[] v = velocity.computeIfAbsent(name, n -> new double[w.length]);
      for (int i = 0; i < w.length; i++) {
        double d = g[i] + weightDecay * w[i];
        if (momentum != 0) {
          v[i] = first ? d : momentum * v[i] + (1 - dampening) * d;
          d = nesterov ? d + momentum * v[i] : v[i];
        }
        w[i] -= lr * d;
      }
    }

    /** Moves all parameters that have a gradient. */
    public void step(ReferenceProgram program, double lr) {
      program
          .gradients()
          .forEach(
              (name, g) ->
                  step(name, Objects.requireNonNull(program.parameters().get(name)), g, lr));
    }
  }

  /** The Euclidean norm over all arrays together. */
  public static double globalNorm(Collection<double[]> gradients) {
    double squares = 0;
    for (double[] g : gradients) {
      for (double v : g) {
        squares += v * v;
      }
    }
    return Math.sqrt(squares);
  }

  /**
   * Scales all gradients in place by min(1, maxNorm / (norm + 1e-6)), as PyTorch's clip_grad_norm_
   * does (Pascanu et al. 2013, algorithm 1).
   *
   * @return the norm before
   */
  public static double clipGlobalNorm(Collection<double[]> gradients, double maxNorm) {
    double norm = globalNorm(gradients);
    double factor = Math.min(1, maxNorm / (norm + 1e-6));
    for (double[] g : gradients) {
      for (int i = 0; i < g.length; i++) {
        g[i] *= factor;
      }
    }
    return norm;
  }

  /** Exponential moving average in place: average ← decay·average + (1 - decay)·w. */
  public static void average(double[] average, double[] w, double decay) {
    for (int i = 0; i < w.length; i++) {
      average[i] = decay * average[i] + (1 - decay) * w[i];
    }
  }
}
