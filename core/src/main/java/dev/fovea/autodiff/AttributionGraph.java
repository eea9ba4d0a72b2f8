package dev.fovea.autodiff;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import java.util.List;

/**
 * A network and the backward pass from a score, a weighted sum of its logits, to some of its nodes;
 * no parameter has a gradient.
 *
 * @param forward the network, in inference mode; its nodes run in order
 * @param nodes those whose values and gradients are kept
 * @param backward the steps that run after the network, in order: it begins with a {@link
 *     BackwardStep.ScoreGradient} and has one {@link BackwardStep.Keep} for each of {@code nodes}
 */
public record AttributionGraph(Graph forward, List<Node> nodes, List<BackwardStep> backward) {
  /** Copies the lists. */
  public AttributionGraph {
    nodes = List.copyOf(nodes);
    backward = List.copyOf(backward);
  }
}
