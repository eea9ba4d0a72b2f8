package dev.fovea.reference;

import java.util.Arrays;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Predicate;

/**
 * Optimizers in float64, one array at a time; options mean the same as in PyTorch unless stated
 * otherwise.
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
  public static final class Sgd implements Rule {
    private final double momentum;
    private final double dampening;
    private final double weightDecay;
    private final boolean nesterov;
    private final Map<String, double[]> velocity = new HashMap<>();

    /**
     * Creates an optimizer before its first step.
     *
     * @throws IllegalArgumentException if Nesterov is set without momentum or with dampening
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

    @Override
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
  }

  /**
   * RMSProp as TensorFlow's tf.train.RMSPropOptimizer, with L2 decay added to the gradient:
   *
   * <pre>
   *   d = g + weightDecay·w
   *   s = rho·s + (1 - rho)·d²                             (s = 1 before the first step)
   *   m = momentum·m + lr·d/√(s + epsilon)
   *   w = w - m
   * </pre>
   */
  public record TensorFlowRmsProp(
      double rho, double momentum, double epsilon, double weightDecay, History history)
      implements Rule {
    @Override
    public void step(String name, double[] w, double[] g, double lr) {
      double[] s = history.of(name + " square", w.length, 1);
      double[] m = history.of(name + " momentum", w.length, 0);
      for (int i = 0; i < w.length; i++) {
        double d = g[i] + weightDecay * w[i];
        s[i] = rho * s[i] + (1 - rho) * d * d;
        m[i] = momentum * m[i] + lr * d / Math.sqrt(s[i] + epsilon);
        w[i] -= m[i];
      }
    }
  }

  /**
   * RMSProp as torch.optim.RMSprop:
   *
   * <pre>
   *   d = g + weightDecay·w
   *   s = rho·s + (1 - rho)·d²                             (s = 0 before the first step)
   *   m = momentum·m + d/(√s + epsilon)
   *   w = w - lr·m
   * </pre>
   */
  public record PyTorchRmsProp(
      double rho, double momentum, double epsilon, double weightDecay, History history)
      implements Rule {
    @Override
    public void step(String name, double[] w, double[] g, double lr) {
      double[] s = history.of(name + " square", w.length, 0);
      double[] m = history.of(name + " momentum", w.length, 0);
      for (int i = 0; i < w.length; i++) {
        double d = g[i] + weightDecay * w[i];
        s[i] = rho * s[i] + (1 - rho) * d * d;
        m[i] = momentum * m[i] + d / (Math.sqrt(s[i]) + epsilon);
        w[i] -= lr * m[i];
      }
    }
  }

  /**
   * Adam (Kingma and Ba 2014, algorithm 1, epsilon as PyTorch places it) or, decoupled, AdamW
   * (Loshchilov and Hutter 2017, algorithm 2):
   *
   * <pre>
   *   d = g + weightDecay·w, or w = w - lr·weightDecay·w if decoupled
   *   m = beta1·m + (1 - beta1)·d,  v = beta2·v + (1 - beta2)·d²
   *   w = w - lr·(m/(1 - beta1^t)) / (√(v/(1 - beta2^t)) + epsilon)      t = 1, 2, ...
   * </pre>
   */
  public record Adam(
      double beta1,
      double beta2,
      double epsilon,
      double weightDecay,
      boolean decoupled,
      History history)
      implements Rule {
    @Override
    public void step(String name, double[] w, double[] g, double lr) {
      double[] m = history.of(name + " mean", w.length, 0);
      double[] v = history.of(name + " square", w.length, 0);
      double t = ++history.of(name + " t", 1, 0)[0];
      for (int i = 0; i < w.length; i++) {
        double d = decoupled ? g[i] : g[i] + weightDecay * w[i];
        w[i] -= decoupled ? lr * weightDecay * w[i] : 0;
        m[i] = beta1 * m[i] + (1 - beta1) * d;
        v[i] = beta2 * v[i] + (1 - beta2) * d * d;
        w[i] -=
            lr
                * (m[i] / (1 - Math.pow(beta1, t)))
                / (Math.sqrt(v[i] / (1 - Math.pow(beta2, t))) + epsilon);
      }
    }
  }

  /**
   * LARS (You et al. 2017, algorithm 1, equation 6):
   *
   * <pre>
   *   local = trust·‖w‖ / (‖g‖ + weightDecay·‖w‖)          1 if adapted is false or a norm is 0
   *   v = momentum·v + lr·local·(g + weightDecay·w)
   *   w = w - v
   * </pre>
   *
   * @param adapted whether the parameter with a given name has a local rate; norms and biases have
   *     none
   */
  public record Lars(
      double momentum, double trust, double weightDecay, Predicate<String> adapted, History history)
      implements Rule {
    @Override
    public void step(String name, double[] w, double[] g, double lr) {
      double[] v = history.of(name + " momentum", w.length, 0);
      double weights = globalNorm(List.of(w));
      double gradients = globalNorm(List.of(g));
      double local =
          adapted.test(name) && weights > 0 && gradients > 0
              ? trust * weights / (gradients + weightDecay * weights)
              : 1;
      for (int i = 0; i < w.length; i++) {
        v[i] = momentum * v[i] + lr * local * (g[i] + weightDecay * w[i]);
        w[i] -= v[i];
      }
    }
  }

  /**
   * SGDW (Loshchilov and Hutter 2017, algorithm 1 with PyTorch's momentum): w = w·(1 - lr·decay),
   * then a step of {@link Sgd} without decay.
   */
  public record DecoupledSgd(Sgd sgd, double weightDecay) implements Rule {
    @Override
    public void step(String name, double[] w, double[] g, double lr) {
      for (int i = 0; i < w.length; i++) {
        w[i] *= 1 - lr * weightDecay;
      }
      sgd.step(name, w, g, lr);
    }
  }

  /**
   * Muon as airbench94_muon computes it, in binary64, for matrices of filters:
   *
   * <pre>
   *   v = momentum·v + g,  d = g + momentum·v with Nesterov, else v
   *   X = d / (‖d‖ + 1e-7), transposed if it has more rows than columns
   *   X = 3.4445·X + (-4.775·A + 2.0315·A²)·X with A = X·Xᵀ, so many times
   *   w = w·√rows / ‖w‖ if normalized
   *   w = w·(1 - lr·decay) - lr·X
   * </pre>
   */
  public static final class Muon implements Rule {
    private final double momentum;
    private final boolean nesterov;
    private final int iterations;
    private final boolean normalized;
    private final double weightDecay;
    private final Map<String, Integer> filters;
    private final Rule rest;
    private final History history = new History();

    /**
     * Creates an optimizer before its first step.
     *
     * @param filters the number of rows of each matrix, by parameter
     * @param rest how all other parameters move
     */
    public Muon(
        double momentum,
        boolean nesterov,
        int iterations,
        boolean normalized,
        double weightDecay,
        Map<String, Integer> filters,
        Rule rest) {
      this.momentum = momentum;
      this.nesterov = nesterov;
      this.iterations = iterations;
      this.normalized = normalized;
      this.weightDecay = weightDecay;
      this.filters = Map.copyOf(filters);
      this.rest = rest;
    }

    @Override
    public void step(String name, double[] w, double[] g, double lr) {
      Integer rows = filters.get(name);
      if (rows == null) {
        rest.step(name, w, g, lr);
        return;
      }
      double[] v = history.of(name + " momentum", w.length, 0);
      double[] d = new double[w.length];
      for (int i = 0; i < w.length; i++) {
        v[i] = momentum * v[i] + g[i];
        d[i] = nesterov ? g[i] + momentum * v[i] : v[i];
      }
      double[] x = orthogonalized(d, rows, iterations);
      double scale = normalized ? Math.sqrt(rows) / globalNorm(List.of(w)) : 1;
      for (int i = 0; i < w.length; i++) {
        w[i] = w[i] * scale * (1 - lr * weightDecay) - lr * x[i];
      }
    }

    /** The iterations as they are written, on the matrix itself. */
    public static double[] orthogonalized(double[] d, int rows, int iterations) {
      int columns = d.length / rows;
      double norm = globalNorm(List.of(d)) + 1e-7;
      double[] x = Arrays.stream(d).map(e -> e / norm).toArray();
      boolean tall = rows > columns;
      int n = tall ? columns : rows;
      int m = tall ? rows : columns;
      x = tall ? Matrix.transposed(x, rows, columns) : x;
      for (int k = 0; k < iterations; k++) {
        double[] a = Matrix.product(x, Matrix.transposed(x, n, m), n, m, n);
        double[] aa = Matrix.product(a, a, n, n, n);
        double[] b = Pointwise.map(a, aa, (p, q) -> -4.775 * p + 2.0315 * q);
        x = Pointwise.map(x, Matrix.product(b, x, n, n, m), (p, q) -> 3.4445 * p + q);
      }
      return tall ? Matrix.transposed(x, n, m) : x;
    }
  }

  /** An optimizer with its state. */
  public sealed interface Rule {
    /** Updates the weights of parameter {@code name} in place, given its gradient {@code g}. */
    void step(String name, double[] w, double[] g, double lr);

    /** Updates all parameters that have a gradient. */
    default void step(ReferenceProgram program, double lr) {
      program
          .gradients()
          .forEach(
              (name, g) ->
                  step(name, Objects.requireNonNull(program.parameters().get(name)), g, lr));
    }
  }

  /** The state of an optimizer, by name; empty before the first step. */
  public static final class History {
    private final Map<String, double[]> arrays = new HashMap<>();

    double[] of(String name, int length, double start) {
      return arrays.computeIfAbsent(
          name,
          n -> {
            double[] values = new double[length];
            Arrays.fill(values, start);
            return values;
          });
    }
  }

  /** The Euclidean norm of all arrays together. */
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
   * @return the norm before scaling
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

  /** Clips every element in place to [-limit, limit], as PyTorch's clip_grad_value_ does. */
  public static void clipValue(Collection<double[]> gradients, double limit) {
    for (double[] g : gradients) {
      for (int i = 0; i < g.length; i++) {
        g[i] = Math.max(-limit, Math.min(limit, g[i]));
      }
    }
  }

  /**
   * Lookahead (Zhang et al. 2019) in place: slow ← decay·slow + (1 - decay)·w, and w ← slow; to be
   * called after every k-th step.
   */
  public static void lookAhead(double[] slow, double[] w, double decay) {
    average(slow, w, decay);
    System.arraycopy(slow, 0, w, 0, w.length);
  }

  /** Exponential moving average in place: average ← decay·average + (1 - decay)·w. */
  public static void average(double[] average, double[] w, double decay) {
    for (int i = 0; i < w.length; i++) {
      average[i] = decay * average[i] + (1 - decay) * w[i];
    }
  }
}
