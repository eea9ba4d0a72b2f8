package dev.fovea.passes;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Op;

/** Removes stochastic depth, which is the identity in inference and would prevent fusion. */
public final class SkipStochasticDepth implements Pass {

  @Override
  public Graph apply(Graph graph) {
    if (graph.nodes().stream().noneMatch(n -> n.op() instanceof Op.StochasticDepth)) {
      return graph;
    }
    return graph.rewrite(
        (builder, n, inputs) ->
            n.op() instanceof Op.StochasticDepth
                ? inputs.get(0)
                : builder.add(n.name(), n.op(), inputs));
  }
}
