package dev.fovea.finetune;

import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.ParamSpec;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * The modules nearest to the images that together take half of a network's multiply-adds: edges and
 * textures, which all photographs have in common. Frozen, they cost no backward pass.
 */
final class LowerHalf {
  private LowerHalf() {}

  /**
   * Returns the names of the modules, as {@link dev.fovea.optim.FineTuning#freeze} takes them; none
   * if the first module alone takes more than half.
   */
  static List<String> of(Graph network) {
    Set<String> head = new LinkedHashSet<>();
    network.logits().params().forEach(p -> head.add(module(p)));
    double half = Cost.of(network).multiplyAdds() / 2.0;
    Set<String> below = new LinkedHashSet<>();
    Set<String> above = new LinkedHashSet<>(head);
    double sum = 0;
    for (Node n : network.nodes()) {
      sum += Cost.of(n).multiplyAdds();
      for (ParamSpec p : n.params()) {
        if (sum > half) {
          above.add(module(p));
        } else if (p.role().trainable()) {
          below.add(module(p));
        }
      }
    }
    // A module on both sides is trained as a whole.
    List<String> frozen = new ArrayList<>(below);
    frozen.removeAll(above);
    return frozen;
  }

  private static String module(ParamSpec p) {
    return p.name().substring(0, p.name().indexOf('.'));
  }
}
