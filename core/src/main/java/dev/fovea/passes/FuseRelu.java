package dev.fovea.passes;

import dev.fovea.graph.Consumers;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Fuses batch norm + ReLU and addition + ReLU where the ReLU is the only consumer and the norm or
 * sum is not an output: one pass over memory and one stored output instead of two. The fused node
 * keeps the name of the norm or addition, from which parameters take their names.
 *
 * @param apart the names of nodes that are left as they are, because their own values are read
 */
public record FuseRelu(Set<String> apart) implements Pass {

  /** Fuses wherever that is possible. */
  public FuseRelu() {
    this(Set.of());
  }

  /** Copies the set. */
  public FuseRelu {
    apart = Set.copyOf(apart);
  }

  @Override
  public Graph apply(Graph graph) {
    Set<Node> absorbing = absorbing(graph);
    if (absorbing.isEmpty()) {
      return graph;
    }
    return graph.rewrite(
        (builder, n, inputs) -> {
          if (n.op() instanceof Op.Relu && absorbing.contains(n.input())) {
            return inputs.get(0);
          }
          Op op = absorbing.contains(n) ? fused(n.op()) : n.op();
          return builder.add(n.name(), op, inputs);
        });
  }

  private static Op fused(Op op) {
    return op instanceof Op.BatchNorm norm ? new Op.BatchNormRelu(norm) : new Op.AddRelu();
  }

  private Set<Node> absorbing(Graph graph) {
    Consumers consumers = graph.consumers();
    Set<Node> outputs =
        graph.outputs().stream().map(Graph.Output::node).collect(Collectors.toSet());
    return graph.nodes().stream()
        .filter(n -> n.op() instanceof Op.BatchNorm || n.op() instanceof Op.Add)
        .filter(n -> isRelu(consumers.of(n)))
        .filter(n -> !outputs.contains(n))
        .filter(n -> !apart.contains(n.name()))
        .filter(n -> !apart.contains(consumers.of(n).get(0).name()))
        .collect(Collectors.toSet());
  }

  private static boolean isRelu(List<Node> readers) {
    return readers.size() == 1 && readers.get(0).op() instanceof Op.Relu;
  }
}
