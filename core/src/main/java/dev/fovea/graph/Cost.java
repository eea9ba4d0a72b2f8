package dev.fovea.graph;

import java.util.IdentityHashMap;
import java.util.Map;

/**
 * The cost of a node or network: trainable parameters and multiply-adds.
 *
 * <p>Multiply-adds are those of convolutions and linear layers for one image, without biases, as
 * the papers and torchvision count them. Running statistics are not counted as parameters.
 */
public record Cost(long parameters, long multiplyAdds) {

  /** The cost of one node. */
  public static Cost of(Node node) {
    long parameters =
        node.params().stream()
            .filter(p -> p.role().trainable())
            .mapToLong(p -> p.shape().elements())
            .sum();
    long multiplyAdds = 0;
    if (node.op() instanceof Op.Conv2d || node.op() instanceof Op.Linear) {
      ParamSpec weight = node.param(ParamSpec.Role.WEIGHT).orElseThrow();
      long positions =
          node.shape().rank() == 3 ? (long) node.shape().dim(1) * node.shape().dim(2) : 1;
      multiplyAdds = Math.multiplyExact(weight.shape().elements(), positions);
    }
    return new Cost(parameters, multiplyAdds);
  }

  /** The cost of a whole network; pass {@link Graph#withoutAuxiliary} to get that of inference. */
  public static Cost of(Graph graph) {
    return of(graph.nodes());
  }

  /** The total cost of several nodes. */
  public static Cost of(Iterable<Node> nodes) {
    long parameters = 0;
    long multiplyAdds = 0;
    for (Node n : nodes) {
      Cost c = of(n);
      parameters += c.parameters;
      multiplyAdds += c.multiplyAdds;
    }
    return new Cost(parameters, multiplyAdds);
  }

  /**
   * How many images to compute at a time: the most, halved until they have no more multiply-adds
   * than a step should, but no less than the least.
   */
  public int images(double multiplyAddsOfStep, int least, int most) {
    int images = most;
    while (images > least && (double) images * multiplyAdds > multiplyAddsOfStep) {
      images /= 2;
    }
    return images;
  }

  /** The number of output values of all nodes for one image. */
  public static long activations(Graph graph) {
    return graph.nodes().stream().mapToLong(n -> n.shape().elements()).sum();
  }

  /** The number of convolutions and linear layers on the longest path to the main output. */
  public static int depth(Graph graph) {
    return depths(graph).getOrDefault(graph.logits(), 0);
  }

  /**
   * For each node, the number of convolutions and linear layers on the longest path to it, itself
   * included.
   */
  public static Map<Node, Integer> depths(Graph graph) {
    Map<Node, Integer> depth = new IdentityHashMap<>();
    for (Node n : graph.nodes()) {
      int before = n.inputs().stream().mapToInt(i -> depth.getOrDefault(i, 0)).max().orElse(0);
      boolean weighted = n.op() instanceof Op.Conv2d || n.op() instanceof Op.Linear;
      depth.put(n, before + (weighted ? 1 : 0));
    }
    return depth;
  }
}
