package dev.fovea.eval;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.tensor.Shape;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A network converted to larger images, with the same parameters: its global average pooling
 * becomes average pooling over windows of the trained size, followed by a mean over all windows.
 *
 * <p>Because the classifier is linear, this is equivalent to applying the classifier at every
 * window and averaging the logits (He et al. 2015, section 3.4).
 */
final class DenseNetwork {
  private final Graph graph;
  private final Node pool;

  /**
   * Checks that {@code network} can be evaluated densely.
   *
   * @throws GraphException if it does not end in global average pooling and a linear classifier
   */
  DenseNetwork(Graph network) {
    this.graph = network.withoutAuxiliary();
    this.pool = lastPool(graph);
  }

  private static Node lastPool(Graph graph) {
    Node n = graph.logits();
    while (n.op() instanceof Op.Linear
        || n.op() instanceof Op.Flatten
        || n.op() instanceof Op.Dropout
        || n.op() instanceof Op.Conv2d && n.shape().dim(1) * n.shape().dim(2) == 1) {
      n = n.inputs().get(0);
    }
    if (n.op() instanceof Op.GlobalAvgPool) {
      return n;
    }
    throw new GraphException(
        "network '"
            + graph.name()
            + "' cannot be evaluated densely: its classifier reads node '"
            + n.name()
            + "' ("
            + n.op().label()
            + "), expected a global average; use crops instead");
  }

  /** The distance between adjacent windows in pixels; 1 if it is not an integer. */
  int stride() {
    int side = graph.inputShape().dim(1);
    int cells = pool.inputs().get(0).shape().dim(1);
    return side % cells == 0 ? side / cells : 1;
  }

  /**
   * Builds the network for images of another size, at least the original one.
   *
   * @throws GraphException if a node does not accept the size, naming the node
   */
  Graph at(int height, int width) {
    GraphBuilder g = new GraphBuilder(graph.name());
    Map<Node, Node> made = new HashMap<>();
    for (Node n : graph.nodes()) {
      Node[] inputs =
          n.inputs().stream().map(in -> Objects.requireNonNull(made.get(in))).toArray(Node[]::new);
      Node copy;
      if (n == graph.input()) {
        copy = g.input(Shape.of(n.shape().dim(0), height, width));
      } else if (n == pool) {
        Shape cells = n.inputs().get(0).shape();
        Window window = Window.of(cells.dim(1), cells.dim(2));
        Node windows =
            g.avgPool(n.name() + ".windows", inputs[0], new Op.AvgPool(window, false, true));
        copy = g.globalAvgPool(n.name(), windows);
      } else {
        copy = g.add(n.name(), n.op(), inputs);
      }
      made.put(n, copy);
    }
    return g.build(Objects.requireNonNull(made.get(graph.logits())));
  }
}
