package dev.fovea.app.summary;

import dev.fovea.analysis.LayerKind;
import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import java.util.List;

/** The number of layers of a kind in a network and their total cost. */
record KindTotal(int layers, Cost cost) {
  static KindTotal of(LayerKind kind, Graph graph) {
    List<Node> all =
        graph.nodes().stream()
            .filter(n -> LayerKind.of(n).filter(k -> k == kind).isPresent())
            .toList();
    return new KindTotal(all.size(), Cost.of(all));
  }
}
