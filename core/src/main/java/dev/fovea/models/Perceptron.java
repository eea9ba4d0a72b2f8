package dev.fovea.models;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.models.Entry.Request;
import dev.fovea.models.ModelInfo.Published;
import dev.fovea.tensor.Shape;
import java.util.List;

/**
 * A multilayer perceptron with sigmoids, as trained on handwritten digits in section 4.1 of the
 * batch normalization paper (Ioffe and Szegedy 2015, arXiv 1502.03167).
 *
 * <p>The first layer is a convolution whose window is the whole image, the others are 1x1: the same
 * arithmetic, in operations that batch normalization can follow. The paper does not give the
 * standard deviation of its Gaussian initial weights; N(0, sqrt(1 / fan_in)) keeps the sigmoids out
 * of saturation at the start.
 */
final class Perceptron {
  private static final ModelOption NORM =
      ModelOption.choice(
          "norm", "batch normalization before each sigmoid, or none", "batch", "none");
  private static final ModelOption ACTIVATION =
      ModelOption.choice("activation", "the non-linearity", "sigmoid", "relu");
  private static final ModelOption LAYERS = ModelOption.number("layers", "3", "hidden layers");
  private static final ModelOption UNITS =
      ModelOption.number("units", "100", "units of each hidden layer");
  private static final int MOST = 1 << 14;

  private Perceptron() {}

  static List<Entry> entries() {
    ModelInfo info =
        new ModelInfo(
            "mlp",
            "Perceptron",
            Shape.of(3, 32, 32),
            10,
            Published.none("arXiv 1502.03167, section 4.1 (there on 28x28 digits), for studies"),
            List.of(NORM, ACTIVATION, LAYERS, UNITS));
    return List.of(new Entry(info, Perceptron::build));
  }

  private static Graph build(Request r) {
    int layers = r.count("layers", MOST);
    int units = r.count("units", MOST);
    GraphBuilder g = new GraphBuilder(r.name());
    Node x = g.input(r.input());
    for (int i = 1; i <= layers; i++) {
      Window whole = Window.of(x.shape().dim(1), x.shape().dim(2));
      boolean norm = r.options().is("norm", "batch");
      Op.Conv2d op =
          Op.Conv2d.of(units, whole)
              .withWeights(new Initializer.Normal(Math.sqrt(1.0 / x.shape().elements())));
      x = g.conv("fc" + i, x, norm ? op : op.withBias(new Initializer.Constant(0)));
      x = norm ? g.batchNorm("bn" + i, x, Op.BatchNorm.standard()) : x;
      Op activation = r.options().is("activation", "relu") ? new Op.Relu() : new Op.Sigmoid();
      x = g.add("act" + i, activation, x);
    }
    return g.build(g.linear("fc" + (layers + 1), g.flatten("flatten", x), r.classes()));
  }
}
