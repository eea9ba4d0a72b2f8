package dev.fovea.graph;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Who reads what in a graph: for each node the nodes that read its output; immutable. */
public final class Consumers {
  private final Map<Node, List<Node>> byNode = new IdentityHashMap<>();

  Consumers(List<Node> nodes) {
    for (Node n : nodes) {
      for (Node in : n.inputs()) {
        byNode.computeIfAbsent(in, k -> new ArrayList<>()).add(n);
      }
    }
  }

  /** The readers of {@code node} in order, one entry per reading input; empty for an output. */
  public List<Node> of(Node node) {
    return List.copyOf(byNode.getOrDefault(node, List.of()));
  }
}
