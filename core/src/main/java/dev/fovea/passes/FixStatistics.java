package dev.fovea.passes;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import java.util.function.Predicate;

/**
 * Gives batch norms constant statistics: those of a frozen network, which a few images of a new
 * task must not move. No optimisation: it changes what is computed.
 *
 * @param which the norms that are meant, as they are before other passes
 */
public record FixStatistics(Predicate<Node> which) implements Pass {

  @Override
  public Graph apply(Graph graph) {
    return graph.nodes().stream().noneMatch(this::meant)
        ? graph
        : graph.withOps(n -> meant(n) ? ((Op.BatchNorm) n.op()).withFixedStatistics() : n.op());
  }

  private boolean meant(Node n) {
    return n.op() instanceof Op.BatchNorm && which.test(n);
  }
}
