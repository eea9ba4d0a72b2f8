package dev.fovea.analysis;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import java.util.List;
import java.util.Optional;

/**
 * A module that halves the grid with convolutions and pooling in parallel, and the cost of the two
 * sequential alternatives (Szegedy et al. 2015, arXiv 1512.00567, section 5, Figures 9 and 10).
 *
 * <p>In the alternatives the pool contributes no channels of its own, so the branches are counted
 * wider, by the factor that yields all channels of the output.
 *
 * @param multiplyAdds cost of the module itself
 * @param poolFirst cost with the pool in front of the branches, which then work on the small grid;
 *     cheap, but a representational bottleneck
 * @param convolveFirst cost with the pool behind the branches, which then work on the large grid,
 *     without stride
 */
public record GridReduction(
    NetworkModule module, long multiplyAdds, long poolFirst, long convolveFirst) {

  /** The grid reductions of a network, in order. */
  public static List<GridReduction> of(Graph graph) {
    return NetworkModule.of(graph).stream()
        .map(GridReduction::of)
        .flatMap(Optional::stream)
        .toList();
  }

  private static Optional<GridReduction> of(NetworkModule module) {
    if (!module.reducesGrid() || !(module.output().op() instanceof Op.Concat)) {
      return Optional.empty();
    }
    long passed =
        module.output().inputs().stream()
            .filter(n -> n.op() instanceof Op.MaxPool || n.op() instanceof Op.AvgPool)
            .mapToLong(n -> n.shape().dim(0))
            .sum();
    long channels = module.output().shape().dim(0);
    if (passed == 0 || passed == channels) {
      return Optional.empty();
    }
    long weights = 0;
    for (Node n : module.nodes()) {
      if (n.op() instanceof Op.Conv2d) {
        weights += n.param(ParamSpec.Role.WEIGHT).orElseThrow().shape().elements();
      }
    }
    double all = weights * (double) channels / (channels - passed);
    return Optional.of(
        new GridReduction(
            module,
            module.cost().multiplyAdds(),
            Math.round(all * cells(module.output())),
            Math.round(all * cells(module.input()))));
  }

  private static long cells(Node n) {
    return (long) n.shape().dim(1) * n.shape().dim(2);
  }
}
