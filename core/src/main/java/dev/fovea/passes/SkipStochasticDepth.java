package dev.fovea.passes;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;

/** Takes out stochastic depth, which does nothing in inference but stand between two operations. */
public final class SkipStochasticDepth {
  private SkipStochasticDepth() {}

  /** The network without it; {@code graph} itself if there is none. */
  public static Graph of(Graph graph) {
    if (graph.nodes().stream().noneMatch(n -> n.op() instanceof Op.StochasticDepth)) {
      return graph;
    }
    GraphBuilder builder = new GraphBuilder(graph.name());
    Map<Node, Node> replaced = new IdentityHashMap<>();
    for (Node n : graph.nodes()) {
      Node[] inputs = n.inputs().stream().map(replaced::get).toArray(Node[]::new);
      boolean skipped = n.op() instanceof Op.StochasticDepth;
      replaced.put(n, skipped ? inputs[0] : builder.add(n.name(), n.op(), inputs));
    }
    for (Graph.Output o : graph.outputs()) {
      builder.output(Objects.requireNonNull(replaced.get(o.node())), o.lossWeight());
    }
    return builder.build();
  }
}
