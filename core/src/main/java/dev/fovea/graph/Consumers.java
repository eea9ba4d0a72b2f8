package dev.fovea.graph;

import dev.fovea.api.Api;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The consumers of every node in a graph: the nodes that read its output; immutable.
 *
 * <pre>{@code
 * GraphBuilder builder = new GraphBuilder("mine");
 * Node input = builder.input(Shape.of(3, 32, 32));
 * Graph network = builder.build(builder.linear("fc", builder.flatten("flatten", input), 10));
 * System.out.println(network.consumers().of(input));
 * }</pre>
 */
@Api(Api.Status.EXPERIMENTAL)
public final class Consumers {
  private final Map<Node, List<Node>> byNode = new IdentityHashMap<>();

  Consumers(List<Node> nodes) {
    for (Node n : nodes) {
      for (Node in : n.inputs()) {
        byNode.computeIfAbsent(in, k -> new ArrayList<>()).add(n);
      }
    }
  }

  /**
   * The nodes that read {@code node}, in graph order, one entry per input that does; empty if there
   * are none.
   */
  public List<Node> of(Node node) {
    return List.copyOf(byNode.getOrDefault(node, List.of()));
  }
}
