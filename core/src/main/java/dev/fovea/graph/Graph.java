package dev.fovea.graph;

import dev.fovea.api.Api;
import dev.fovea.tensor.Decimals;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/**
 * A network: nodes in topological order, one input, one main output and any number of auxiliary
 * outputs.
 *
 * <p>Immutable and independent of the batch size; safe to share between threads. Built by {@link
 * GraphBuilder}.
 *
 * <pre>{@code
 * GraphBuilder builder = new GraphBuilder("mine");
 * Node x = builder.input(Shape.of(3, 32, 32));
 * x = builder.relu("relu", builder.conv("conv", x, Op.Conv2d.of(16, Window.square(3))));
 * x = builder.flatten("flatten", builder.globalAvgPool("pool", x));
 * Graph network = builder.build(builder.linear("fc", x, 10));
 * for (Node node : network.nodes()) {
 *   System.out.println(node.name() + " " + node.shape());
 * }
 * }</pre>
 */
@Api(Api.Status.STABLE)
public final class Graph {

  /**
   * A classifier of the network.
   *
   * @param node its logits, shape (classes)
   * @param lossWeight weight of its loss in training; 1 for the main output
   */
  public record Output(Node node, double lossWeight) {}

  private final String name;
  private final List<Node> nodes;
  private final List<Output> outputs;

  Graph(String name, List<Node> nodes, List<Output> outputs) {
    this.name = name;
    this.nodes = List.copyOf(nodes);
    this.outputs = List.copyOf(outputs);
  }

  /** The network's name, for example {@code resnet50}. */
  public String name() {
    return name;
  }

  /** The name without the definition that one outside the list of networks carries in braces. */
  public String title() {
    return title(name);
  }

  /** The same of any network's name. */
  public static String title(String name) {
    int open = name.indexOf('{');
    int close = name.lastIndexOf('}');
    return open < 0 || close < open ? name : name.substring(0, open) + name.substring(close + 1);
  }

  /** All nodes; inputs precede the nodes that read them. */
  public List<Node> nodes() {
    return nodes;
  }

  /** The node that holds the images. */
  public Node input() {
    return nodes.get(0);
  }

  /** The main output first, then the auxiliary ones. */
  public List<Output> outputs() {
    return outputs;
  }

  /** The logits of the main output, shape (classes). */
  public Node logits() {
    return outputs.get(0).node();
  }

  /**
   * The names of the parameters of the last layer with weights of every classifier, and of norms
   * behind it; scaled logits, as those of ResNet-9, have their layer below.
   */
  public Set<String> headParams() {
    Set<String> names = new LinkedHashSet<>();
    for (Output o : outputs) {
      Node at = o.node();
      at.params().forEach(p -> names.add(p.name()));
      while (at.params().stream().noneMatch(p -> p.role() == ParamSpec.Role.WEIGHT)
          && at.inputs().size() == 1) {
        at = at.input();
        at.params().forEach(p -> names.add(p.name()));
      }
    }
    return names;
  }

  /** The number of classes of the main output. */
  public int classes() {
    return logits().shape().dim(0);
  }

  /** The shape of one input image, (C, H, W). */
  public Shape inputShape() {
    return input().shape();
  }

  /** All parameters and running statistics, in node order, each once. */
  public List<ParamSpec> params() {
    Map<String, ParamSpec> all = new LinkedHashMap<>();
    for (Node n : nodes) {
      for (ParamSpec p : n.params()) {
        all.putIfAbsent(p.name(), p);
      }
    }
    return List.copyOf(all.values());
  }

  /** Rewrites one node; see {@link #rewrite}. */
  @FunctionalInterface
  public interface NodeRewriter {
    /**
     * Returns the node that replaces {@code node} in the new network.
     *
     * @param builder receives any new nodes
     * @param inputs the replacements of the node's inputs
     * @return a node of the builder: a new one, or one of {@code inputs} to drop the node
     */
    Node rewrite(GraphBuilder builder, Node node, List<Node> inputs);
  }

  /**
   * Rebuilds this network node by node in order; outputs keep their loss weights.
   *
   * @throws GraphException if the result is not a valid network
   */
  public Graph rewrite(NodeRewriter rewriter) {
    GraphBuilder builder = new GraphBuilder(name);
    Map<Node, Node> replaced = rewrite(nodes, builder, rewriter);
    for (Output o : outputs) {
      builder.output(Objects.requireNonNull(replaced.get(o.node())), o.lossWeight());
    }
    return builder.build();
  }

  private static Map<Node, Node> rewrite(
      List<Node> nodes, GraphBuilder builder, NodeRewriter rewriter) {
    Map<Node, Node> replaced = new IdentityHashMap<>();
    for (Node n : nodes) {
      List<Node> inputs = n.inputs().stream().map(replaced::get).toList();
      replaced.put(n, rewriter.rewrite(builder, n, inputs));
    }
    return replaced;
  }

  /**
   * This network with some operations replaced; node and parameter names stay the same.
   *
   * @param op gives the operation of each node; its output shape must stay the same
   */
  public Graph withOps(Function<Node, Op> op) {
    return rewrite((builder, n, inputs) -> builder.add(n.name(), op.apply(n), inputs));
  }

  /** The consumers of every node. */
  public Consumers consumers() {
    return new Consumers(nodes);
  }

  /** This network without auxiliary outputs and the nodes that only they need. */
  public Graph withoutAuxiliary() {
    Set<Node> needed = new HashSet<>();
    mark(logits(), needed);
    needed.add(input());
    return new Graph(name, nodes.stream().filter(needed::contains).toList(), outputs.subList(0, 1));
  }

  /**
   * This network up to the named node, whose values, flattened, become the only output.
   *
   * @throws GraphException if there is no such node
   */
  public Graph upTo(String end) {
    Node last =
        nodes.stream()
            .filter(n -> n.name().equals(end))
            .findFirst()
            .orElseThrow(() -> new GraphException(title() + " has no node '" + end + "'"));
    Set<Node> needed = new HashSet<>();
    mark(last, needed);
    needed.add(input());
    GraphBuilder builder = new GraphBuilder(name);
    Map<Node, Node> copies =
        rewrite(
            nodes.stream().filter(needed::contains).toList(),
            builder,
            (b, n, inputs) -> b.add(n.name(), n.op(), inputs));
    Node copy = Objects.requireNonNull(copies.get(last));
    return builder.build(copy.shape().rank() == 1 ? copy : builder.flatten(end + ".values", copy));
  }

  private static void mark(Node node, Set<Node> needed) {
    List<Node> open = new ArrayList<>(List.of(node));
    while (!open.isEmpty()) {
      Node n = open.remove(open.size() - 1);
      if (needed.add(n)) {
        open.addAll(n.inputs());
      }
    }
  }

  /** For example {@code resnet50: 175 nodes, 3x224x224 to 1000 classes}. */
  @Override
  public String toString() {
    return title()
        + ": "
        + Decimals.count(nodes.size(), "node")
        + ", "
        + inputShape()
        + " to "
        + Decimals.count(classes(), "class");
  }
}
