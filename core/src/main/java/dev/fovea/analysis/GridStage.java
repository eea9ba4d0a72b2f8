package dev.fovea.analysis;

import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The part of a network that works on one grid size, measured at nodes that every path passes
 * through.
 *
 * @param height rows of the grid; 1 for the classifier
 * @param width columns of the grid
 * @param entering channels of the first node on this grid that every path passes through
 * @param channels channels of the last such node
 * @param depth convolutions and linear layers on this grid on the longest path
 * @param cost of all nodes on this grid
 */
public record GridStage(int height, int width, int entering, int channels, int depth, Cost cost) {

  /** The stages of a network without its auxiliary outputs, from the image to the classifier. */
  public static List<GridStage> of(Graph graph) {
    Graph main = graph.withoutAuxiliary();
    Map<Shape, List<Node>> byGrid = new LinkedHashMap<>();
    for (Node n : main.nodes()) {
      byGrid.computeIfAbsent(grid(n), g -> new ArrayList<>()).add(n);
    }
    List<Node> cuts = NetworkModule.cuts(main);
    Map<Node, Integer> depths = Cost.depths(main);
    List<GridStage> stages = new ArrayList<>();
    int before = 0;
    for (Map.Entry<Shape, List<Node>> e : byGrid.entrySet()) {
      List<Node> passed = cuts.stream().filter(n -> grid(n).equals(e.getKey())).toList();
      if (!passed.isEmpty()) {
        Node last = passed.get(passed.size() - 1);
        int depth = depths.getOrDefault(last, 0);
        stages.add(
            new GridStage(
                e.getKey().dim(0),
                e.getKey().dim(1),
                passed.get(0).shape().dim(0),
                last.shape().dim(0),
                depth - before,
                Cost.of(e.getValue())));
        before = depth;
      }
    }
    return stages;
  }

  /** The number of output values of the node that {@code entering} counts. */
  public long valuesEntering() {
    return (long) height * width * entering;
  }

  /** The number of output values of the node that {@code channels} counts. */
  public long values() {
    return (long) height * width * channels;
  }

  private static Shape grid(Node n) {
    return n.shape().rank() == 3 ? Shape.of(n.shape().dim(1), n.shape().dim(2)) : Shape.of(1, 1);
  }
}
