package dev.fovea.optim;

import dev.fovea.graph.ParamSpec;
import dev.fovea.program.BlockKernel;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The rule that moves weights along gradients; a record of its constants.
 *
 * <p>A new one is a record beside {@link Sgd}, permitted here and named in {@link #of}.
 */
public sealed interface Optimizer permits Sgd, RmsProp, Adam, Lars {

  /**
   * What it keeps for every element of every parameter from step to step, in the kernel's order.
   */
  List<State> states();

  /**
   * The arithmetic of one step over blocks [weights, {@link #states} in their order, gradients], of
   * which the gradients are only read. Inner loops are plain counted loops over arrays without
   * branches, which the JIT compiler turns into vector instructions.
   */
  BlockKernel kernel(Step step);

  /** Whether a step needs the norms of every parameter and of its gradient. */
  default boolean needsNorms() {
    return false;
  }

  /** Plain text and numbers, for a recipe. */
  Map<String, Object> toMap();

  /**
   * One number per element of the trainable parameters.
   *
   * @param name of the set in files
   * @param start the value before the first step
   */
  record State(String name, float start) {}

  /**
   * The Euclidean norms of one parameter before the step.
   *
   * @param gradient before it is scaled by {@link Step#gradientScale} and without weight decay
   */
  record Norms(double weight, double gradient) {}

  /**
   * What changes from step to step.
   *
   * @param rate the learning rate
   * @param number how many steps were made before, over all runs of this state
   * @param gradientScale what gradients are multiplied with before anything else; 1 unless clipped
   * @param treatments of the parameters that are trained, by their names
   * @param norms by the parameters' names; empty unless {@link #needsNorms}
   */
  record Step(
      double rate,
      long number,
      double gradientScale,
      Map<String, ParameterPolicy> treatments,
      Map<String, Norms> norms) {

    double decayOf(ParamSpec spec) {
      return of(spec).decay();
    }

    double rateOf(ParamSpec spec) {
      return rate * of(spec).rate();
    }

    private ParameterPolicy of(ParamSpec spec) {
      return Objects.requireNonNull(treatments.get(spec.name()), spec.name());
    }
  }

  /**
   * The reverse of {@link #toMap}.
   *
   * @throws OptimException if a setting is unknown or out of range
   */
  static Optimizer of(Map<String, ?> map) {
    String name = new Settings("optimizer", map).text("name", "sgd");
    Settings s = new Settings("optimizer '" + name + "'", map);
    s.text("name", "sgd");
    return s.end(
        switch (name) {
          case "sgd" ->
              new Sgd(
                  s.number("momentum", 0.9), s.number("dampening", 0), s.flag("nesterov", false));
          case "rmsprop" -> RmsProp.of(s);
          case "adam", "adamw" ->
              new Adam(
                  s.number("beta1", 0.9),
                  s.number("beta2", 0.999),
                  s.number("epsilon", 1e-8),
                  name.equals("adamw"));
          case "lars" -> new Lars(s.number("momentum", 0.9), s.number("trust", 0.001));
          default -> throw s.unknown("optimizer", name, "sgd", "rmsprop", "adam", "adamw", "lars");
        });
  }
}
