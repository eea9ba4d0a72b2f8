package dev.fovea.program;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import java.util.HashSet;
import java.util.Set;

/**
 * The parts of a network that training leaves unchanged.
 *
 * @param parameters the names of trainable parameters that get no gradient
 * @param statistics whether all batch norms use their running statistics as constants; those with
 *     frozen scale and shift always do
 */
public record Frozen(Set<String> parameters, boolean statistics) {
  /** Copies the set. */
  public Frozen {
    parameters = Set.copyOf(parameters);
  }

  /** Nothing frozen: everything is trained. */
  public static Frozen nothing() {
    return new Frozen(Set.of(), false);
  }

  /** Returns the names of the parameters and running statistics that training leaves unchanged. */
  public Set<String> unchanged(Graph graph) {
    Set<String> names = new HashSet<>(parameters);
    for (Node n : graph.nodes()) {
      boolean norm = n.params().stream().anyMatch(p -> !p.role().trainable());
      if (norm && fixesStatistics(n)) {
        n.params().stream().filter(p -> !p.role().trainable()).forEach(p -> names.add(p.name()));
      }
    }
    return names;
  }

  boolean fixesStatistics(Node norm) {
    return statistics
        || norm.params().stream()
            .filter(p -> p.role().trainable())
            .allMatch(p -> p.fixed() || parameters.contains(p.name()));
  }
}
