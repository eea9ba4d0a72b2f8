package dev.fovea.passes;

import dev.fovea.graph.Graph;
import java.util.List;
import java.util.Set;

/** The passes that are applied, in order. */
public record Passes(List<Pass> passes) {
  /** Before differentiation. */
  public static final Passes TRAINING = new Passes(List.of(new FuseRelu()));

  /** Before inference. */
  public static final Passes INFERENCE = new Passes(List.of(new FuseRelu()));

  /** Copies the list. */
  public Passes {
    passes = List.copyOf(passes);
  }

  /** Those that are not left out. */
  public Passes without(Set<Optimization> leftOut) {
    return new Passes(passes.stream().filter(p -> !leftOut.contains(p.optimization())).toList());
  }

  /** The graph after all passes. */
  public Graph apply(Graph graph) {
    Graph g = graph;
    for (Pass pass : passes) {
      g = pass.apply(g);
    }
    return g;
  }
}
