package dev.fovea.passes;

import dev.fovea.graph.Graph;

/** From a graph to an equal but cheaper one; parameters keep their names and shapes. */
public interface Pass {
  /** What it is called in messages, tests and {@link Passes#without}. */
  Optimization optimization();

  /** The cheaper graph; {@code graph} itself if there is nothing to gain. */
  Graph apply(Graph graph);
}
