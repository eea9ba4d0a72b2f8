package dev.fovea.passes;

import dev.fovea.graph.Graph;

/** Rewrites a graph; parameters keep their names and shapes. */
public interface Pass {
  /** The rewritten graph; {@code graph} itself if there is nothing to change. */
  Graph apply(Graph graph);
}
