package dev.fovea.onnx.importer;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.onnx.importer.Layer.Step;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Supplier;

/**
 * A network as it was read.
 *
 * @param weights the values of each parameter by its name, made when they are asked for
 */
record ReadNetwork(Graph graph, Map<String, Supplier<float[]>> weights) {

  /** Builds a graph from layers, whose last gives the logits. */
  static ReadNetwork of(String name, List<Layer> layers) {
    GraphBuilder builder = new GraphBuilder(name);
    Map<Layer, Node> nodes = new IdentityHashMap<>();
    Map<Node, Node> flat = new IdentityHashMap<>();
    Map<String, Supplier<float[]>> weights = new LinkedHashMap<>();
    Map<String, Integer> counts = new HashMap<>();
    for (Layer l : layers) {
      if (!(l.step() instanceof Step.Plain p)) {
        throw new Unsupported(
            l.step() instanceof Step.Select
                ? "its channels are reordered or left out before a layer that is no convolution,"
                    + " which Fovea cannot do"
                : "it is padded before a layer that is no convolution or pool, which Fovea cannot"
                    + " do");
      }
      List<Node> inputs =
          l.inputs().stream().map(i -> Objects.requireNonNull(nodes.get(i))).toList();
      if (p.op() instanceof Op.Linear) {
        inputs = List.of(flat(builder, flat, inputs.get(0)));
      }
      String kind = kind(p.op());
      int number = counts.merge(kind, 1, Integer::sum);
      String title = p.op() instanceof Op.Input ? "input" : kind + number;
      Node node = builder.add(title, p.op(), inputs);
      nodes.put(l, node);
      for (ParamSpec spec : node.params()) {
        weights.put(spec.name(), Objects.requireNonNull(l.params().get(spec.role())));
      }
    }
    Node last = Objects.requireNonNull(nodes.get(layers.get(layers.size() - 1)));
    return new ReadNetwork(builder.build(flat(builder, flat, last)), weights);
  }

  private static Node flat(GraphBuilder builder, Map<Node, Node> flat, Node node) {
    return node.shape().rank() == 1
        ? node
        : flat.computeIfAbsent(node, n -> builder.flatten(n.name() + ".flat", n));
  }

  private static String kind(Op op) {
    if (op instanceof Op.Conv2d) {
      return "conv";
    } else if (op instanceof Op.BatchNorm) {
      return "norm";
    } else if (op instanceof Op.Linear) {
      return "fc";
    } else if (op instanceof Op.MaxPool || op instanceof Op.AvgPool) {
      return "pool";
    }
    return op.label().toLowerCase(java.util.Locale.ROOT);
  }
}
