package dev.fovea.models;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import java.util.ArrayList;
import java.util.List;

/**
 * Options common to all families: the constants of batch norm, the scale of the initial weights,
 * and stochastic depth for residual networks.
 */
final class CommonOptions {
  private static final String EPSILON = "bn_epsilon";
  private static final String MOMENTUM = "bn_momentum";
  private static final String DEPTH = "stochastic_depth";
  private static final String SCALE = "init_scale";
  private static final String PUBLISHED = "published";

  private static final List<ModelOption> COMMON =
      List.of(
          ModelOption.number(EPSILON, PUBLISHED, "epsilon added to the variance"),
          ModelOption.number(
              MOMENTUM, PUBLISHED, "weight of a new batch in the running statistics"),
          ModelOption.number(
              SCALE, "1", "factor on the initial weights of convolutions and linear layers"),
          ModelOption.number(DEPTH, "0", "probability of dropping the last block in training"));

  private CommonOptions() {}

  /** The options of a family, extended by the common options that {@code text} mentions. */
  static List<ModelOption> among(List<ModelOption> family, String text) {
    List<ModelOption> all = new ArrayList<>(family);
    List<String> own = family.stream().map(ModelOption::name).toList();
    for (ModelOption option : COMMON) {
      // A family may define the option itself, with its own default.
      if (text.contains(option.name()) && !own.contains(option.name())) {
        all.add(option);
      }
    }
    return all;
  }

  /** Applies the given common options to a graph. */
  static Graph apply(Graph graph, Options options, List<ModelOption> known) {
    Graph changed = norms(graph, options, known);
    double scale = asks(known, SCALE) ? options.number(SCALE) : 1;
    changed = scale == 1 ? changed : scaled(changed, scale);
    double rate = asks(known, DEPTH) ? options.number(DEPTH) : 0;
    return rate == 0 ? changed : stochasticDepth(changed, rate);
  }

  private static boolean asks(List<ModelOption> known, String option) {
    return known.stream().anyMatch(o -> o.name().equals(option) && COMMON.contains(o));
  }

  /** Multiplies initial weights, except those that training leaves as they are. */
  private static Graph scaled(Graph graph, double factor) {
    if (!(factor > 0 && factor <= Float.MAX_VALUE)) {
      throw new ModelException(
          "model '" + graph.name() + "': init_scale must be above 0, got " + factor);
    }
    return graph.withOps(
        n -> {
          if (n.op() instanceof Op.Conv2d o) {
            return o.withWeights(scaled(o.weightInit(), factor));
          } else if (n.op() instanceof Op.Linear o) {
            Initializer weights = scaled(o.weightInit(), factor);
            return new Op.Linear(o.outFeatures(), o.bias(), weights, o.biasInit());
          }
          return n.op();
        });
  }

  private static Initializer scaled(Initializer initializer, double factor) {
    return initializer instanceof Initializer.Fixed
        ? initializer
        : new Initializer.Scaled(factor, initializer);
  }

  /**
   * The linear decay rule of Huang et al. 2016 (section 4): block l of L is dropped with l/L times
   * the probability of the last. Every addition ends a block, and its first input is the residual
   * branch.
   */
  private static Graph stochasticDepth(Graph graph, double rate) {
    List<Node> sums = graph.nodes().stream().filter(n -> n.op() instanceof Op.Add).toList();
    int blocks = sums.size();
    if (blocks == 0 || !(rate > 0 && rate < 1)) {
      throw new ModelException(
          "model '"
              + graph.name()
              + "': stochastic_depth must be in [0, 1) and needs a residual network");
    }
    return graph.rewrite(
        (builder, n, inputs) -> {
          if (!(n.op() instanceof Op.Add)) {
            return builder.add(n.name(), n.op(), inputs);
          }
          Op drop = new Op.StochasticDepth(rate * (sums.indexOf(n) + 1) / blocks);
          Node branch = builder.add(n.name() + ".stochastic_depth", drop, inputs.get(0));
          return builder.add(n.name(), n.op(), branch, inputs.get(1));
        });
  }

  private static Graph norms(Graph graph, Options options, List<ModelOption> known) {
    double epsilon = value(options, known, EPSILON);
    double momentum = value(options, known, MOMENTUM);
    if (Double.isNaN(epsilon) && Double.isNaN(momentum)) {
      return graph;
    }
    if (epsilon <= 0 || momentum <= 0 || momentum > 1) {
      throw new ModelException(
          "model '"
              + graph.name()
              + "': bn_epsilon must be above 0, and bn_momentum above 0 and at most 1");
    }
    if (graph.nodes().stream().noneMatch(n -> n.op() instanceof Op.BatchNorm)) {
      throw new ModelException(
          "model '" + graph.name() + "' has no batch norm; remove bn_epsilon and bn_momentum");
    }
    return graph.withOps(
        n ->
            n.op() instanceof Op.BatchNorm o
                ? new Op.BatchNorm(
                    Double.isNaN(epsilon) ? o.epsilon() : epsilon,
                    Double.isNaN(momentum) ? o.momentum() : momentum,
                    o.scaleInit())
                : n.op());
  }

  private static double value(Options options, List<ModelOption> known, String name) {
    return asks(known, name) && !options.is(name, PUBLISHED) ? options.number(name) : Double.NaN;
  }
}
