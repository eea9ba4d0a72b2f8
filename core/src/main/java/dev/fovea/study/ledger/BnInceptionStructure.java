package dev.fovea.study.ledger;

import dev.fovea.analysis.NetworkModule;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.models.Models;
import dev.fovea.study.ledger.Figure.Rule;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/**
 * What BN-Inception changes in GoogLeNet, counted in both graphs (Ioffe and Szegedy 2015,
 * appendix).
 */
final class BnInceptionStructure {
  private static final int FIRST_GRID = 28;

  private BnInceptionStructure() {}

  static List<Figure> figures() {
    Graph google = Models.graph("googlenet_paper").withoutAuxiliary();
    Graph normalized = Models.graph("bn_inception_separable");
    List<NetworkModule> before = NetworkModule.of(google);
    List<NetworkModule> after = NetworkModule.of(normalized);
    return List.of(
        count("modules on the 28x28 grid in GoogLeNet", 2, onFirstGrid(before)),
        count("modules on the 28x28 grid in BN-Inception", 3, onFirstGrid(after)),
        count("modules of GoogLeNet with a 5x5 convolution", 9, having(before, n -> side(n, 5))),
        count("modules of BN-Inception with a 5x5 convolution", 0, having(after, n -> side(n, 5))),
        count(
            "modules of BN-Inception with two 3x3 convolutions in sequence",
            10,
            having(after, BnInceptionStructure::followsThreeByThree)),
        count(
            "modules of BN-Inception that pool by the average",
            7,
            having(after, n -> n.op() instanceof Op.AvgPool)),
        count(
            "modules of BN-Inception that pool by the maximum",
            3,
            having(after, n -> n.op() instanceof Op.MaxPool)),
        count(
            "modules of BN-Inception that halve the grid themselves",
            2,
            after.stream().filter(NetworkModule::reducesGrid).count()),
        count("pools between the modules of GoogLeNet", 2, poolsBetween(google, before)),
        count("pools between the modules of BN-Inception", 0, poolsBetween(normalized, after)));
  }

  private static Figure count(String what, int stated, long counted) {
    return Figure.of(what, Rule.EXACTLY, stated, counted, "");
  }

  private static long onFirstGrid(List<NetworkModule> modules) {
    return modules.stream().filter(m -> m.input().shape().dim(1) == FIRST_GRID).count();
  }

  private static long having(List<NetworkModule> modules, Predicate<Node> what) {
    return modules.stream().filter(m -> m.nodes().stream().anyMatch(what)).count();
  }

  private static boolean side(Node n, int cells) {
    return n.op() instanceof Op.Conv2d c
        && c.window().kernelH() == cells
        && c.window().kernelW() == cells;
  }

  /** Whether this 3x3 convolution reads another, through nothing but norms and activations. */
  private static boolean followsThreeByThree(Node n) {
    if (!side(n, 3)) {
      return false;
    }
    Node before = n.inputs().get(0);
    while (!(before.op() instanceof Op.Conv2d) && before.inputs().size() == 1) {
      before = before.inputs().get(0);
    }
    return side(before, 3);
  }

  private static long poolsBetween(Graph graph, List<NetworkModule> modules) {
    Set<Node> inside =
        modules.stream().flatMap(m -> m.nodes().stream()).collect(Collectors.toSet());
    int first = graph.nodes().indexOf(modules.get(0).nodes().get(0));
    return graph.nodes().stream()
        .skip(first)
        .filter(n -> n.op() instanceof Op.MaxPool || n.op() instanceof Op.AvgPool)
        .filter(n -> !inside.contains(n))
        // The pool before the classifier leaves one cell.
        .filter(n -> n.shape().dim(1) > 1)
        .count();
  }
}
