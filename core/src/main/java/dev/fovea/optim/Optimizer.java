package dev.fovea.optim;

import dev.fovea.graph.ParamSpec;
import dev.fovea.program.BlockKernel;
import dev.fovea.program.MatrixProduct;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The rule that updates weights from gradients, as a record of its hyperparameters.
 *
 * <p>To add an optimizer, write a record like {@link Sgd}, permit it here and name it in {@link
 * #of}.
 */
public sealed interface Optimizer permits Sgd, RmsProp, Adam, Lars, Muon {

  /**
   * Returns the optimizer state: the values kept per element of every trainable parameter from step
   * to step, in the order of the kernel's blocks.
   */
  List<State> states();

  /**
   * Returns the arithmetic of one step over the blocks [weights, {@link #states} in their order,
   * gradients]; gradients are read-only. Inner loops are branch-free counted loops over arrays, so
   * that the JIT compiler vectorizes them.
   */
  BlockKernel kernel(Step step);

  /**
   * Whether a parameter is updated as a whole, by {@link #update}, and not block by block by the
   * {@link #kernel}.
   */
  default boolean updatesWhole(ParamSpec spec) {
    return false;
  }

  /**
   * Updates one parameter as a whole; only called if {@link #updatesWhole}.
   *
   * @param weights in row-major order, as all arrays; updated in place
   * @param states one array for each of {@link #states}; updated in place
   * @param gradient not changed
   * @param products of the program
   */
  default void update(
      ParamSpec spec,
      Step step,
      float[] weights,
      List<float[]> states,
      float[] gradient,
      MatrixProduct products) {
    throw new IllegalStateException(this + " updates parameters in blocks");
  }

  /** Whether a step needs the norm of every parameter and of its gradient. */
  default boolean needsNorms() {
    return false;
  }

  /** Returns the settings as plain text and numbers, as recipes store them. */
  Map<String, Object> toMap();

  /**
   * One state value per element of the trainable parameters.
   *
   * @param name the name of the set in files
   * @param start the value before the first step
   */
  record State(String name, float start) {}

  /**
   * The L2 norms of one parameter and its gradient before the step.
   *
   * @param gradient the norm before scaling by {@link Step#gradientScale}, without weight decay
   */
  record Norms(double weight, double gradient) {}

  /**
   * The inputs of one step besides weights, state and gradients.
   *
   * @param rate the learning rate
   * @param number the number of earlier steps with this state, resumed runs included
   * @param gradientScale the factor applied to gradients first; 1 unless clipped
   * @param policies of all trainable parameters, by name
   * @param norms by parameter name; empty unless {@link #needsNorms}
   */
  record Step(
      double rate,
      long number,
      double gradientScale,
      Map<String, ParameterPolicy> policies,
      Map<String, Norms> norms) {

    double decayOf(ParamSpec spec) {
      return of(spec).decay();
    }

    double rateOf(ParamSpec spec) {
      return rate * of(spec).rate();
    }

    private ParameterPolicy of(ParamSpec spec) {
      return Objects.requireNonNull(policies.get(spec.name()), spec.name());
    }
  }

  /**
   * Reads what {@link #toMap} wrote.
   *
   * @throws OptimException if a setting is unknown or out of range
   */
  static Optimizer of(Map<String, ?> map) {
    String name = new Settings("optimizer", map).text("name", "sgd");
    Settings s = new Settings("optimizer '" + name + "'", map);
    s.text("name", "sgd");
    return s.end(
        switch (name) {
          case "sgd", "sgdw" ->
              new Sgd(
                  s.number("momentum", 0.9),
                  s.number("dampening", 0),
                  s.flag("nesterov", false),
                  name.equals("sgdw"));
          case "muon" -> Muon.of(s);
          case "rmsprop" -> RmsProp.of(s);
          case "adam", "adamw" ->
              new Adam(
                  s.number("beta1", 0.9),
                  s.number("beta2", 0.999),
                  s.number("epsilon", 1e-8),
                  name.equals("adamw"));
          case "lars" -> new Lars(s.number("momentum", 0.9), s.number("trust", 0.001));
          default ->
              throw s.unknown(
                  "optimizer", name, "sgd", "sgdw", "rmsprop", "adam", "adamw", "lars", "muon");
        });
  }
}
