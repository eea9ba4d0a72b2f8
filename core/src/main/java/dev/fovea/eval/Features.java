package dev.fovea.eval;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A network cut before its last layer: what it sees in an image, and how it decides from that.
 *
 * @param body from images to features, one vector per image
 * @param head from features, as images of F channels and one pixel, to logits; empty if the last
 *     layer is not linear, because features are then a mean over the positions that it reads
 */
public record Features(Graph body, Optional<Graph> head) {

  /**
   * Cuts a network. The features of a linear classifier are what it reads; those of a convolution
   * whose results are averaged are the means of what it reads. Both parts have the names, and so
   * the weights, of the whole.
   *
   * @throws GraphException if the network has no single last layer with weights behind others
   */
  public static Features of(Graph network) {
    Graph graph = network.withoutAuxiliary();
    List<Node> behind = new ArrayList<>();
    Node last = graph.logits();
    while (last.params().isEmpty() && last.inputs().size() == 1) {
      behind.add(0, last);
      last = last.input();
    }
    if (last.params().isEmpty() || last.inputs().size() != 1) {
      throw new GraphException(
          "network '"
              + graph.title()
              + "' has no last layer: node '"
              + last.name()
              + "' ("
              + last.op().label()
              + ") joins several; features are what a single last layer reads");
    }
    Node read = last.input();
    while (read.op() instanceof Op.Dropout) {
      read = read.input();
    }
    Graph body = graph.upTo(read.name());
    if (body.params().isEmpty()) {
      throw new GraphException(
          "network '" + graph.title() + "' has only one layer; its features are the images");
    }
    if (last.op() instanceof Op.Linear linear) {
      return new Features(body, Optional.of(head(graph, last, linear, behind)));
    }
    return new Features(read.shape().rank() == 1 ? body : means(body, read), Optional.empty());
  }

  private static Graph head(Graph graph, Node last, Op.Linear linear, List<Node> behind) {
    GraphBuilder g = new GraphBuilder(graph.name());
    int features = Math.toIntExact(last.input().shape().elements());
    Node input = g.input(Shape.of(features, 1, 1));
    // What the layer reads keeps its name, by which a quantized model knows its scale.
    Node logits = g.add(last.name(), linear, g.flatten(last.input().name(), input));
    for (Node n : behind) {
      logits = g.add(n.name(), n.op(), logits);
    }
    return g.build(logits);
  }

  private static Graph means(Graph body, Node read) {
    return body.rewrite(
        (builder, n, inputs) ->
            n == body.logits()
                ? builder.flatten(
                    n.name(), builder.globalAvgPool(read.name() + ".mean", inputs.get(0)))
                : builder.add(n.name(), n.op(), inputs));
  }
}
