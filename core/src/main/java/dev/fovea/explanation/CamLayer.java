package dev.fovea.explanation;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.passes.InferenceMode;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Finds the layer that class activation maps are made of: the last map of more than one position
 * that everything passes through, before the averaging that feeds the head.
 *
 * <p>That is the last block's output in residual networks, the last norm and ReLU in pre-activation
 * ones, the last concatenation in Inception networks, and the last pooled features in VGG and
 * AlexNet.
 */
public final class CamLayer {
  private static final int LISTED = 8;

  private CamLayer() {}

  /**
   * Finds the layer from the graph.
   *
   * @throws GraphException if there is none
   */
  public static Node of(Graph network) {
    List<Node> maps = candidates(network);
    if (maps.isEmpty()) {
      throw new GraphException(
          "network '"
              + network.title()
              + "' has no layer of more than one position that all others behind it read, which"
              + " Grad-CAM and HiResCAM need"
              + alternatives(network));
    }
    return maps.get(maps.size() - 1);
  }

  /**
   * The layer with this name.
   *
   * @throws GraphException if there is none, or its values have no positions
   */
  public static Node named(Graph network, String name) {
    Graph plain = inference(network);
    Node found =
        plain.nodes().stream()
            .filter(n -> n.name().equals(name))
            .findFirst()
            .orElseThrow(
                () ->
                    new GraphException(
                        "network '"
                            + network.title()
                            + "' has no layer '"
                            + name
                            + "' in inference"
                            + listed(candidates(network))));
    if (found.shape().rank() != 3 || found == plain.input()) {
      throw new GraphException(
          "layer '"
              + name
              + "' of network '"
              + network.title()
              + "' has the shape "
              + found.shape()
              + ", but class activation maps need one of channels, rows and columns"
              + listed(candidates(network)));
    }
    return found;
  }

  /** Maps that every path from the images to the logits passes through, in graph order. */
  public static List<Node> candidates(Graph network) {
    Graph plain = inference(network);
    BitSet passed = dominators(plain);
    return plain.nodes().stream()
        .filter(n -> passed.get(n.id()))
        .filter(n -> n != plain.input() && isMap(n) && !averages(n.op()))
        .toList();
  }

  private static Graph inference(Graph network) {
    return InferenceMode.plain(network);
  }

  // The nodes without which no path leads from the images to the logits: by ids.
  private static BitSet dominators(Graph graph) {
    Map<Node, BitSet> through = new HashMap<>();
    for (Node n : graph.nodes()) {
      BitSet common = new BitSet();
      boolean first = true;
      for (Node in : n.inputs()) {
        if (first) {
          common.or(through.getOrDefault(in, new BitSet()));
          first = false;
        } else {
          common.and(through.getOrDefault(in, new BitSet()));
        }
      }
      common.set(n.id());
      through.put(n, common);
    }
    return through.getOrDefault(graph.logits(), new BitSet());
  }

  private static boolean isMap(Node n) {
    return n.shape().rank() == 3 && (long) n.shape().dim(1) * n.shape().dim(2) > 1;
  }

  private static boolean averages(Op op) {
    return op instanceof Op.AvgPool
        || op instanceof Op.AdaptiveAvgPool
        || op instanceof Op.GlobalAvgPool;
  }

  private static String alternatives(Graph network) {
    List<Node> maps =
        inference(network).nodes().stream().filter(n -> isMap(n) && !n.inputs().isEmpty()).toList();
    return maps.isEmpty()
        ? "; use integrated gradients, occlusion or SmoothGrad"
        : "; name one of its layers" + listed(maps);
  }

  private static String listed(List<Node> maps) {
    if (maps.isEmpty()) {
      return "; it has none that could be used";
    }
    List<Node> last = maps.subList(Math.max(0, maps.size() - LISTED), maps.size());
    return "; the last of "
        + maps.size()
        + " that can be used: "
        + last.stream().map(n -> n.name() + " " + n.shape()).collect(Collectors.joining(", "));
  }
}
