package dev.fovea.passes;

import dev.fovea.graph.Graph;

/** From a graph to another that stands for it; parameters keep their names and shapes. */
public interface Pass {
  /** The other graph; {@code graph} itself if there is nothing to change. */
  Graph apply(Graph graph);
}
