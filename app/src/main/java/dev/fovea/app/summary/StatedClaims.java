package dev.fovea.app.summary;

import dev.fovea.analysis.Factorization;
import dev.fovea.analysis.GridReduction;
import dev.fovea.app.console.Human;
import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.tensor.Shape;
import java.util.List;

/** Costs stated in papers beside those computed from the graphs. */
public final class StatedClaims {

  /**
   * One claim.
   *
   * @param source arXiv number and section
   * @param stated the paper's figure: a fraction, or a ratio
   * @param computed the same figure computed from graphs
   * @param ratio whether the figures are ratios
   */
  record Claim(String what, String source, double stated, double computed, boolean ratio) {

    /** A figure as text: {@code 28.0 %} or {@code 2.50 x}. */
    String text(double figure) {
      return ratio ? Human.digits(figure) + " x" : Human.digits(100 * figure) + " %";
    }
  }

  private static final String RETHINKING = "1512.00567, ";
  private static final String BN_INCEPTION = "1502.03167, App.";
  private static final String RESNET = "1512.03385, 3.3";

  private StatedClaims() {}

  public static List<Claim> all() {
    Cost google = main("googlenet_paper");
    Cost separable = main("bn_inception_separable");
    GridReduction reduction = GridReduction.of(Models.graph("inception_v3")).get(0);
    double largerKernel =
        (double) Cost.of(layers(same(5, 5))).multiplyAdds()
            / Cost.of(layers(same(3, 3))).multiplyAdds();
    return List.of(
        new Claim("a 5x5 over a 3x3", RETHINKING + "3.1", 2.78, largerKernel, true),
        new Claim(
            "saved by two 3x3 for a 5x5",
            RETHINKING + "3.1",
            0.28,
            saved(same(3, 3), same(3, 3)),
            false),
        new Claim(
            "saved by 3x1 and 1x3 for a 3x3",
            RETHINKING + "3.2",
            0.33,
            saved(same(3, 1), same(1, 3)),
            false),
        new Claim(
            "pool and convolve, of convolve and pool",
            RETHINKING + "5",
            0.25,
            (double) reduction.poolFirst() / reduction.convolveFirst(),
            false),
        multiplyAdds(
            "Inception-v2 over GoogLeNet", RETHINKING + "6", 2.5, main("inception_v2"), google),
        multiplyAdds(
            "Inception-v3 over GoogLeNet", RETHINKING + "6", 2.5, main("inception_v3"), google),
        multiplyAdds("BN-Inception over GoogLeNet", BN_INCEPTION, 1.3, separable, google),
        new Claim(
            "the same, parameters",
            BN_INCEPTION,
            1.25,
            (double) separable.parameters() / google.parameters(),
            true),
        multiplyAdds("ResNet-34 over VGG-19", RESNET, 0.18, main("resnet34"), main("vgg19")));
  }

  private static Claim multiplyAdds(String what, String source, double stated, Cost a, Cost b) {
    return new Claim(what, source, stated, (double) a.multiplyAdds() / b.multiplyAdds(), true);
  }

  private static Cost main(String network) {
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
