package dev.fovea.passes;

import dev.fovea.graph.Graph;

/** From a graph to an equal but cheaper one; parameters keep their names and shapes. */
public interface Pass {
  /** The name that messages and tests call it by: {@code fuse-relu}. */
  String name();

  /** The cheaper graph; {@code graph} itself if there is nothing to gain. */
  Graph apply(Graph graph);
}
