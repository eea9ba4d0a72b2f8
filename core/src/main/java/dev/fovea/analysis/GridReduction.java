package dev.fovea.analysis;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import java.util.List;
import java.util.Optional;

/**
 * A module that halves the grid in convolutions and in a pool side by side, and what the two
 * sequential ways would cost (Szegedy et al. 2015, arXiv 1512.00567, section 5, Figures 9 and 10).
 *
 * <p>In the sequential ways the pool passes nothing through, so the same branches are counted wider
 * by the factor that gives all channels of the output.
 *
 * @param multiplyAdds of the module as it is
 * @param poolFirst of the branches behind a pool, on the small grid; cheap, but the pool throws
 *     values away before the channels grow
 * @param convolveFirst of the branches without stride in front of a pool, on the large grid
 */
public record GridReduction(
    NetworkModule module, long multiplyAdds, long poolFirst, long convolveFirst) {

  /** The modules that are such reductions, in order. */
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
