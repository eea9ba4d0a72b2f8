package dev.fovea.analysis;

import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A part of a network with parallel branches, such as an Inception module or a residual block,
 * between two nodes that every path passes through.
 *
 * @param name common prefix of the names of its nodes
 * @param input the node in front of it, which its branches read
 * @param output its last node, where the branches have merged
 * @param nodes all its nodes, excluding {@code input}
 */
public record NetworkModule(String name, Node input, Node output, List<Node> nodes) {

  /** Copies the list. */
  public NetworkModule {
    nodes = List.copyOf(nodes);
  }

  /** The modules of a network without its auxiliary outputs, in order. */
  public static List<NetworkModule> of(Graph graph) {
    List<Node> nodes = graph.withoutAuxiliary().nodes();
    Set<Node> cuts = new HashSet<>(cuts(graph));
    List<NetworkModule> modules = new ArrayList<>();
    Node before = graph.input();
    List<Node> since = new ArrayList<>();
    for (Node n : nodes.subList(1, nodes.size())) {
      since.add(n);
      if (cuts.contains(n)) {
        if (since.size() > 1) {
          modules.add(new NetworkModule(prefix(since), before, n, since));
        }
        before = n;
        since.clear();
      }
    }
    return modules;
  }

  /** The nodes that every path from the input to the main output passes through, in order. */
  public static List<Node> cuts(Graph graph) {
    List<Node> nodes = graph.withoutAuxiliary().nodes();
    Map<Node, Integer> lastReader = new HashMap<>();
    for (Node n : nodes) {
      n.inputs().forEach(in -> lastReader.put(in, n.id()));
    }
    List<Node> cuts = new ArrayList<>();
    int read = 0;
    for (Node n : nodes) {
      // Nothing after it reads a node before it.
      if (read <= n.id()) {
        cuts.add(n);
      }
      read = Math.max(read, lastReader.getOrDefault(n, 0));
    }
    return cuts;
  }

  /** Parameters and multiply-adds of all its nodes. */
  public Cost cost() {
    return Cost.of(nodes);
  }

  /** Whether the grid of its output is smaller than that of its input. */
  public boolean reducesGrid() {
    return output.shape().rank() == 3 && output.shape().dim(1) < input.shape().dim(1);
  }

  private static String prefix(List<Node> nodes) {
    String prefix = nodes.get(0).name();
    for (Node n : nodes) {
      while (!n.name().startsWith(prefix)) {
        prefix = prefix.substring(0, prefix.length() - 1);
      }
    }
    int end = prefix.length();
    boolean whole =
        nodes.stream()
            .map(Node::name)
            .allMatch(n -> n.length() == end || !Character.isLetterOrDigit(n.charAt(end)));
    if (!whole) {
      prefix = prefix.substring(0, Math.max(prefix.lastIndexOf('.'), prefix.lastIndexOf('_')) + 1);
    }
    return prefix.replaceFirst("[._]$", "");
  }
}
