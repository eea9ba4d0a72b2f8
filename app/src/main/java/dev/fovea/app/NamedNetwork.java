package dev.fovea.app;

import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.tensor.Shape;
import org.jspecify.annotations.Nullable;

/** A network that the command line names: one of the list, or that of a model file. */
record NamedNetwork(String spec, int classes, Shape input) {

  /** Looks the name up. */
  static NamedNetwork of(String name) {
    return new NamedNetwork(name, Models.info(name).classes(), Models.info(name).input());
  }

  /** The graph, for other classes and images where they are given. */
  Graph graph(@Nullable Integer classes, @Nullable Integer side) {
    Shape shape = side == null ? input : Shape.of(input.dim(0), side, side);
    return Models.graph(spec, classes == null ? this.classes : classes, shape);
  }
}
