package dev.fovea.passes;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Op;

/** Takes out stochastic depth, which does nothing in inference but stand between two operations. */
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
