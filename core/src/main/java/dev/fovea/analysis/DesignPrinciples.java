package dev.fovea.analysis;

import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * The four general design principles of "Rethinking the Inception Architecture" (Szegedy et al.
 * 2015, arXiv 1512.00567, section 2), measured on a graph. They are rules of thumb: a number says
 * how closely a network follows a principle, not how good the network is.
 *
 * @param stages the network, divided by grid size
 * @param leastKept principle 1, no representational bottleneck: the smallest fraction of values
 *     kept by any change of grid, except those at the image and at the last pool
 * @param monotonic principle 1: whether the number of values decreases from each grid to the next
 *     after the stem, the part before the first module
 * @param channelsGrow principle 2, wide representations are processed locally: whether the number
 *     of channels never decreases as the grid shrinks
 * @param spatial principle 3, spatial aggregation over few channels: the number of convolutions in
 *     modules that are larger than 1x1
 * @param embedded principle 3: how many of those read fewer channels than their module
 * @param embedding principle 3: the number of channels they read relative to their module's,
 *     averaged over those convolutions; above 1 they read more channels than their module
 * @param widening principle 4, balance of width and depth: channels at the end of the last grid
 *     relative to those at the end of the first grid after the stem
 * @param largestShare principle 4: the largest share of all multiply-adds spent on one grid
 */
public record DesignPrinciples(
    List<GridStage> stages,
    double leastKept,
    boolean monotonic,
    boolean channelsGrow,
    int spatial,
    int embedded,
    double embedding,
    double widening,
    double largestShare) {

  /** Measures a network without its auxiliary outputs. */
  public static DesignPrinciples of(Graph graph) {
    List<GridStage> stages = GridStage.of(graph);
    List<NetworkModule> modules = NetworkModule.of(graph);
    int rows = modules.isEmpty() ? Integer.MAX_VALUE : modules.get(0).input().shape().dim(1);
    List<GridStage> body =
        stages.stream().filter(s -> s.height() > 1 && s.height() <= rows).toList();
    double least = 1;
    boolean monotonic = true;
    boolean grow = true;
    for (int i = 1; i < body.size(); i++) {
      GridStage from = body.get(i - 1);
      GridStage to = body.get(i);
      least = Math.min(least, (double) to.valuesEntering() / from.values());
      monotonic &= to.values() <= from.values();
      grow &= to.channels() >= from.channels();
    }
    Map<Node, Integer> readBy = new IdentityHashMap<>();
    for (NetworkModule m : modules) {
      for (Node n : m.nodes()) {
        if (n.op() instanceof Op.Conv2d c && c.window().kernelH() * c.window().kernelW() > 1) {
          readBy.put(n, m.input().shape().dim(0));
        }
      }
    }
    double ratios = 0;
    int embedded = 0;
    for (Map.Entry<Node, Integer> e : readBy.entrySet()) {
      int channels = e.getKey().input().shape().dim(0);
      ratios += (double) channels / e.getValue();
      embedded += channels < e.getValue() ? 1 : 0;
    }
    long all = Cost.of(graph.withoutAuxiliary()).multiplyAdds();
    long largest = stages.stream().mapToLong(s -> s.cost().multiplyAdds()).max().orElse(0);
    return new DesignPrinciples(
        stages,
        least,
        monotonic,
        grow,
        readBy.size(),
        embedded,
        readBy.isEmpty() ? 1 : ratios / readBy.size(),
        body.isEmpty() ? 1 : (double) body.get(body.size() - 1).channels() / body.get(0).channels(),
        (double) largest / all);
  }
}
