package dev.fovea.passes;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op.BatchNorm.Statistics;
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
    return new NormStatistics(which, Statistics.FIXED).apply(graph);
  }
}
