package dev.fovea.passes;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import java.util.function.Predicate;

/**
 * Makes batch norms use constant statistics: those of a frozen network should not drift with the
 * few images of a new task. Not an optimization: it changes what is computed.
 *
 * @param which selects the norms, before any other pass has run
 */
public record FixStatistics(Predicate<Node> which) implements Pass {

  @Override
  public Graph apply(Graph graph) {
    return graph.nodes().stream().noneMatch(this::selects)
        ? graph
        : graph.withOps(n -> selects(n) ? fixed(n.op()) : n.op());
  }

  private boolean selects(Node n) {
    return (n.op() instanceof Op.BatchNorm || n.op() instanceof Op.BatchNormRelu) && which.test(n);
  }

  private static Op fixed(Op op) {
    return op instanceof Op.BatchNormRelu fused
        ? new Op.BatchNormRelu(fused.norm().withFixedStatistics())
        : ((Op.BatchNorm) op).withFixedStatistics();
  }
}
