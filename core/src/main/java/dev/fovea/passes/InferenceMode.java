package dev.fovea.passes;

import dev.fovea.graph.Graph;

/**
 * What a network computes in inference, as a graph that can be differentiated: without auxiliary
 * outputs and dropout, and with constant statistics in its batch norms. Nodes keep their names.
 */
public final class InferenceMode implements Pass {

  @Override
  public Graph apply(Graph graph) {
    return new FixStatistics(n -> true).apply(plain(graph));
  }

  /** The network without what is there for training only: auxiliary outputs and dropout. */
  public static Graph plain(Graph graph) {
    return new SkipDropout().apply(graph.withoutAuxiliary());
  }
}
