package dev.fovea.study.ledger;

import dev.fovea.analysis.Factorization;
import dev.fovea.analysis.GridReduction;
import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.study.ledger.Figure.Rule;
import dev.fovea.tensor.Shape;
import java.util.List;

/** Costs stated in papers beside those computed from the graphs. */
public final class StatedCosts {

  /** A ratio of two costs, or the fraction of a cost. */
  public enum Form {
    /** A ratio, such as 2.5. */
    RATIO,
    /** A fraction, such as 0.28. */
    FRACTION
  }

  /**
   * One statement.
   *
   * @param claim the number of the claim that it belongs to; 0 if it belongs to none
   * @param source arXiv number and section
   * @param stated the paper's figure
   * @param rule how the computed figure must stand to it
   * @param computed the same figure computed from graphs
   */
  public record Stated(
      int claim, String what, String source, double stated, Rule rule, double computed, Form form) {

    /** Returns the statement as a figure of the ledger; fractions become percentages. */
    Figure figure() {
      return form == Form.RATIO
          ? Figure.of(what, rule, stated, computed, "times")
          : Figure.of(what, rule, 100 * stated, 100 * computed, "%");
    }
  }

  private static final String RETHINKING = "1512.00567, ";
  private static final String BN_INCEPTION = "1502.03167, App.";
  private static final String RESNET = "1512.03385, ";

  private StatedCosts() {}

  /** Computed when they are first asked for, because that builds ten networks. */
  private static final class Computed {
    static final List<Stated> ALL = compute();
  }

  /** Returns all statements. */
  public static List<Stated> all() {
    return Computed.ALL;
  }

  private static List<Stated> compute() {
    Cost google = main("googlenet_paper");
    Cost separable = main("bn_inception_separable");
    Cost deep = main("resnet152(stride=1x1)");
    GridReduction reduction = GridReduction.of(Models.graph("inception_v3")).get(0);
    double largerKernel =
        (double) Cost.of(layers(same(5, 5))).multiplyAdds()
            / Cost.of(layers(same(3, 3))).multiplyAdds();
    return List.of(
        ratio(0, "a 5x5 over a 3x3", RETHINKING + "3.1", 2.78, largerKernel),
        fraction(
            16,
            "saved by two 3x3 for a 5x5",
            RETHINKING + "3.1",
            0.28,
            saved(same(3, 3), same(3, 3))),
        fraction(
            17,
            "saved by 3x1 and 1x3 for a 3x3",
            RETHINKING + "3.2",
            0.33,
            saved(same(3, 1), same(1, 3))),
        fraction(
            20,
            "pool and convolve, of convolve and pool",
            RETHINKING + "5",
            0.25,
            (double) reduction.poolFirst() / reduction.convolveFirst()),
        over(
            21, "Inception-v2 over GoogLeNet", RETHINKING + "6", 2.5, main("inception_v2"), google),
        over(0, "Inception-v3 over GoogLeNet", RETHINKING + "6", 2.5, main("inception_v3"), google),
        over(9, "BN-Inception over GoogLeNet", BN_INCEPTION, 1.3, separable, google),
        ratio(
            9,
            "BN-Inception over GoogLeNet, parameters",
            BN_INCEPTION,
            1.25,
            (double) separable.parameters() / google.parameters()),
        over(0, "ResNet-34 over VGG-19", RESNET + "3.3", 0.18, main("resnet34"), main("vgg19")),
        below(28, "ResNet-152 over VGG-16", deep, main("vgg16")),
        below(28, "ResNet-152 over VGG-19", deep, main("vgg19")));
  }

  /** Returns the figures that belong to a claim. */
  static List<Figure> of(int claim) {
    return all().stream().filter(s -> s.claim() == claim).map(Stated::figure).toList();
  }

  private static Stated ratio(
      int claim, String what, String source, double stated, double computed) {
    return new Stated(claim, what, source, stated, Rule.ABOUT, computed, Form.RATIO);
  }

  private static Stated fraction(
      int claim, String what, String source, double stated, double computed) {
    return new Stated(claim, what, source, stated, Rule.ABOUT, computed, Form.FRACTION);
  }

  private static Stated over(int claim, String what, String source, double stated, Cost a, Cost b) {
    return ratio(claim, what, source, stated, (double) a.multiplyAdds() / b.multiplyAdds());
  }

  private static Stated below(int claim, String what, Cost a, Cost b) {
    return new Stated(
        claim,
        what,
        RESNET + "3.3",
        1,
        Rule.AT_MOST,
        (double) a.multiplyAdds() / b.multiplyAdds(),
        Form.RATIO);
  }

  static Cost main(String network) {
    return Cost.of(Models.graph(network).withoutAuxiliary());
  }

  private static double saved(Window... windows) {
    return Factorization.of(layers(windows)).get(0).saved();
  }

  private static Window same(int h, int w) {
    return Window.of(h, w).pad(h / 2, w / 2);
  }

  // As many output as input channels on one grid; neither size affects the ratios.
  private static Graph layers(Window... windows) {
    GraphBuilder g = new GraphBuilder("layers");
    Node x = g.input(Shape.of(64, 17, 17));
    for (int i = 0; i < windows.length; i++) {
      x = g.relu("relu" + i, g.conv("conv" + i, x, Op.Conv2d.of(64, windows[i])));
    }
    return g.build(g.flatten("flat", x));
  }
}
