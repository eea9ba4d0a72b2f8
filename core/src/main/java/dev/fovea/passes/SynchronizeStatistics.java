package dev.fovea.passes;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Op.BatchNorm.Statistics;

/**
 * Makes batch norms normalize with the statistics of all ranks of data-parallel training, so that N
 * ranks with B images each compute what one computes with N·B; those with fixed statistics stay as
 * they are. Not an optimization: on more than one rank it changes what is computed.
 */
public record SynchronizeStatistics() implements Pass {

  @Override
  public Graph apply(Graph graph) {
    return new NormStatistics(SynchronizeStatistics::usesBatch, Statistics.ALL_RANKS).apply(graph);
  }

  private static boolean usesBatch(Node n) {
    Op.BatchNorm norm =
        n.op() instanceof Op.BatchNormRelu fused ? fused.norm() : (Op.BatchNorm) n.op();
    return !norm.fixed();
  }
}
