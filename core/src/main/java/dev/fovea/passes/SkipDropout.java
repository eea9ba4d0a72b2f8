package dev.fovea.passes;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;

/**
 * Removes dropout and stochastic depth, which are the identity in inference and would prevent
 * fusion.
 */
public final class SkipDropout implements Pass {

  @Override
  public Graph apply(Graph graph) {
    return graph.nodes().stream().noneMatch(SkipDropout::skips)
        ? graph
        : graph.rewrite(
            (builder, n, inputs) ->
                skips(n) ? inputs.get(0) : builder.add(n.name(), n.op(), inputs));
  }

  private static boolean skips(Node n) {
    return n.op() instanceof Op.Dropout || n.op() instanceof Op.StochasticDepth;
  }
}
