package dev.fovea.passes;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Op.BatchNorm.Statistics;
import java.util.function.Predicate;

/** Gives some batch norms other statistics; the others stay as they are. */
record NormStatistics(Predicate<Node> which, Statistics statistics) implements Pass {

  @Override
  public Graph apply(Graph graph) {
    return graph.nodes().stream().noneMatch(this::selects)
        ? graph
        : graph.withOps(n -> selects(n) ? changed(n.op()) : n.op());
  }

  private boolean selects(Node n) {
    return (n.op() instanceof Op.BatchNorm || n.op() instanceof Op.BatchNormRelu) && which.test(n);
  }

  private Op changed(Op op) {
    return op instanceof Op.BatchNormRelu fused
        ? new Op.BatchNormRelu(fused.norm().with(statistics))
        : ((Op.BatchNorm) op).with(statistics);
  }
}
