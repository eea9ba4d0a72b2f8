package dev.fovea.quantization;

import dev.fovea.graph.Consumers;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Which layers of a folded network multiply integers, which values are kept in 8 bits for them, and
 * which of these share a step.
 *
 * <p>A value is kept in 8 bits where a layer or an average over the image reads it. Operations that
 * only select or move values (concatenation, max pooling, zero padding, flattening) share one step
 * with their inputs, and so do averages over windows, so that none of them computes in real
 * numbers. A convolution is not rounded on its own if a ReLU or an addition follows; where two
 * convolutions meet in an addition, the second is.
 */
final class Placement {
  private final Graph graph;
  private final Consumers consumers;
  private final List<Node> layers = new ArrayList<>();
  private final Map<Node, Node> parents = new HashMap<>();
  private final List<Group> groups = new ArrayList<>();
  private final List<Node> addends = new ArrayList<>();

  /**
   * Values with one step.
   *
   * @param members the nodes whose results are kept in 8 bits
   * @param sources those of them that set the range; the others hold no larger values
   * @param signed whether a value can be negative
   */
  record Group(List<Node> members, List<Node> sources, boolean signed) {}

  Placement(Graph graph, boolean keepFirst, boolean keepLast) {
    this.graph = graph;
    this.consumers = graph.consumers();
    Set<Node> kept = new HashSet<>();
    if (keepFirst) {
      kept.addAll(firstLayers());
    }
    if (keepLast) {
      kept.addAll(lastLayers());
    }
    for (Node n : graph.nodes()) {
      if (isLayer(n) && !kept.contains(n)) {
        layers.add(n);
      }
      if (sharesStep(n)) {
        n.inputs().forEach(in -> parents.put(root(in), root(n)));
      }
    }
    group(wanted());
  }

  /** The layers with 8-bit weights, in graph order. */
  List<Node> layers() {
    return layers;
  }

  /** The values in 8 bits. */
  List<Group> groups() {
    return groups;
  }

  /** The convolutions whose results only an addition reads, unrounded. */
  List<Node> addends() {
    return addends;
  }

  private static boolean isLayer(Node n) {
    return n.op() instanceof Op.Conv2d || n.op() instanceof Op.Linear;
  }

  /** The layers that the images reach through no other layer. */
  private Set<Node> firstLayers() {
    Set<Node> found = new HashSet<>();
    Set<Node> before = new HashSet<>(Set.of(graph.input()));
    for (Node n : graph.nodes()) {
      if (n.inputs().stream().anyMatch(before::contains)) {
        (isLayer(n) ? found : before).add(n);
      }
    }
    return found;
  }

  /** The layers whose results reach the logits through no other layer. */
  private Set<Node> lastLayers() {
    Set<Node> found = new HashSet<>();
    List<Node> open = new ArrayList<>(List.of(graph.logits()));
    Set<Node> seen = new HashSet<>(open);
    while (!open.isEmpty()) {
      Node n = open.remove(open.size() - 1);
      if (isLayer(n)) {
        found.add(n);
      } else {
        n.inputs().stream().filter(seen::add).forEach(open::add);
      }
    }
    return found;
  }

  private static boolean isOneCell(Node n) {
    return n.shape().rank() == 1 || n.shape().dim(1) * n.shape().dim(2) == 1;
  }

  private static boolean sharesStep(Node n) {
    return n.op() instanceof Op.Concat
        || n.op() instanceof Op.MaxPool
        || n.op() instanceof Op.PadShortcut
        || n.op() instanceof Op.Flatten
        || n.op() instanceof Op.AvgPool && !isOneCell(n);
  }

  private static boolean averagesImage(Node n) {
    return n.op() instanceof Op.GlobalAvgPool
        || n.op() instanceof Op.AdaptiveAvgPool
        || n.op() instanceof Op.AvgPool && isOneCell(n);
  }

  private Node root(Node n) {
    Node at = n;
    while (parents.getOrDefault(at, at) != at) {
      at = Objects.requireNonNull(parents.get(at));
    }
    return at;
  }

  private Set<Node> wanted() {
    Set<Node> wanted = new HashSet<>();
    layers.forEach(layer -> wanted.add(root(layer.input())));
    for (Node n : graph.nodes()) {
      if (averagesImage(n) && n.input() != graph.input()) {
        wanted.add(root(n.input()));
      } else if (n.op() instanceof Op.Add) {
        List<Node> convolutions = n.inputs().stream().filter(this::isAddend).distinct().toList();
        if (!convolutions.isEmpty()) {
          addends.add(convolutions.get(0));
          convolutions.stream().skip(1).forEach(c -> wanted.add(root(c)));
        }
      }
    }
    return wanted;
  }

  private boolean isAddend(Node n) {
    return n.op() instanceof Op.Conv2d && layers.contains(n) && consumers.of(n).size() == 1;
  }

  private void group(Set<Node> wanted) {
    Map<Node, List<Node>> byRoot = new LinkedHashMap<>();
    Map<Node, Boolean> negative = new HashMap<>();
    for (Node n : graph.nodes()) {
      negative.put(n, canBeNegative(n, negative));
      if (wanted.contains(root(n))) {
        byRoot.computeIfAbsent(root(n), r -> new ArrayList<>()).add(n);
      }
    }
    byRoot.forEach(
        (root, members) -> {
          List<Node> sources = members.stream().filter(n -> !sharesStep(n)).toList();
          boolean signed = sources.stream().anyMatch(n -> Boolean.TRUE.equals(negative.get(n)));
          groups.add(new Group(List.copyOf(members), sources, signed));
        });
  }

  private static boolean canBeNegative(Node n, Map<Node, Boolean> known) {
    Op op = n.op();
    if (op instanceof Op.Relu || op instanceof Op.Sigmoid || op instanceof Op.AddRelu) {
      return false;
    }
    boolean fromInputs = n.inputs().stream().anyMatch(in -> Boolean.TRUE.equals(known.get(in)));
    if (op instanceof Op.Affine o) {
      return fromInputs || o.scale() < 0 || o.shift() < 0;
    }
    boolean keepsSign =
        sharesStep(n)
            || averagesImage(n)
            || op instanceof Op.AvgPool
            || op instanceof Op.Add
            || op instanceof Op.Multiply
            || op instanceof Op.LocalResponseNorm;
    return !keepsSign || fromInputs;
  }
}
