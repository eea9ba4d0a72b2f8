package dev.fovea.passes;

import dev.fovea.graph.Graph;

/**
 * What a network computes in inference, as a graph that can be differentiated: without auxiliary
 * outputs and dropout, and with constant statistics in its batch norms. Nodes keep their names.
 */
public final class InferenceMode implements Pass {

  @Override
  public Graph apply(Graph graph) {
    Graph plain = new SkipDropout().apply(graph.withoutAuxiliary());
    return new FixStatistics(n -> true).apply(plain);
  }
}
