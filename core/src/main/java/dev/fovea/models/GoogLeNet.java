package dev.fovea.models;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.models.Entry.Request;
import dev.fovea.models.ModelInfo.Published;
import dev.fovea.tensor.Shape;
import java.util.List;

/**
 * Inception-v1 (Szegedy et al. 2014, arXiv 1409.4842, Table 1) in two versions: {@code googlenet}
 * is torchvision's, with batch norm and a 3x3 in the third branch; {@code googlenet_paper} is the
 * paper's, as in Caffe's bvlc_googlenet, with biases, 5x5 branches and local response
 * normalization.
 *
 * <p>Parameter names are torchvision's in both, so that modules can be compared by name. Initial
 * weights are torchvision's (truncated normal, 0.01) and Caffe's (xavier, bias 0.2) respectively.
 */
final class GoogLeNet {
  private static final ModelOption AUX =
      ModelOption.choice(
          "aux", "whether to train with the two auxiliary classifiers", "true", "false");
  private static final ModelOption AUX_DROPOUT =
      ModelOption.number("aux_dropout", "0.7", "dropout in the auxiliary classifiers");
  private static final ModelOption BRANCH3 =
      ModelOption.choice(
          "branch3",
          "kernel of the third branch: 3x3 torchvision's, 5x5 the paper's",
          "3x3",
          "5x5");
  private static final double AUX_WEIGHT = 0.3;
  private static final int AUX_GRID = 5;

  /** Channels of a module: 1x1; 3x3 reduction and 3x3; 5x5 reduction and 5x5; pool projection. */
  private record Module(String name, int c1, int r3, int c3, int r5, int c5, int pool) {}

  private static final List<Module> STAGE_3 =
      List.of(
          new Module("inception3a", 64, 96, 128, 16, 32, 32),
          new Module("inception3b", 128, 128, 192, 32, 96, 64));
  private static final List<Module> STAGE_4 =
      List.of(
          new Module("inception4a", 192, 96, 208, 16, 48, 64),
          new Module("inception4b", 160, 112, 224, 24, 64, 64),
          new Module("inception4c", 128, 128, 256, 24, 64, 64),
          new Module("inception4d", 112, 144, 288, 32, 64, 64),
          new Module("inception4e", 256, 160, 320, 32, 128, 128));
  private static final List<Module> STAGE_5 =
      List.of(
          new Module("inception5a", 256, 160, 320, 32, 128, 128),
          new Module("inception5b", 384, 192, 384, 48, 128, 128));

  private final Request request;
  private final GraphBuilder g;
  private final boolean paper;
  private final boolean wide;

  private GoogLeNet(Request request, boolean paper) {
    this.request = request;
    this.g = new GraphBuilder(request.name());
    this.paper = paper;
    this.wide = paper || request.options().is("branch3", "5x5");
  }

  static List<Entry> entries() {
    Shape input = Shape.of(3, 224, 224);
    ModelInfo torchvision =
        new ModelInfo(
            "googlenet",
            "GoogLeNet",
            input,
            1000,
            Published.of(30.222, 10.47, "torchvision IMAGENET1K_V1 (single crop)"),
            List.of(
                AUX,
                BRANCH3,
                ModelOption.number("dropout", "0.2", "dropout before the classifier"),
                AUX_DROPOUT));
    ModelInfo paper =
        new ModelInfo(
            "googlenet_paper",
            "GoogLeNet",
            input,
            1000,
            Published.top5(10.07, "arXiv 1409.4842, Table 3 (ImageNet, single crop)"),
            List.of(
                AUX,
                ModelOption.number("dropout", "0.4", "dropout before the classifier"),
                AUX_DROPOUT));
    return List.of(
        new Entry(torchvision, r -> new GoogLeNet(r, false).build()),
        new Entry(paper, r -> new GoogLeNet(r, true).build()));
  }

  private Graph build() {
    Node x = stem();
    for (Module m : STAGE_3) {
      x = module(m, x);
    }
    x = g.maxPool("maxpool3", x, Window.square(3).stride(2), true);
    boolean aux = request.options().is("aux", "true");
    Node aux1 = null;
    Node aux2 = null;
    for (Module m : STAGE_4) {
      x = module(m, x);
      aux1 = aux && m.name().endsWith("4a") ? head("aux1", x) : aux1;
      aux2 = aux && m.name().endsWith("4d") ? head("aux2", x) : aux2;
    }
    x = g.maxPool("maxpool4", x, Window.square(paper ? 3 : 2).stride(2), true);
    for (Module m : STAGE_5) {
      x = module(m, x);
    }
    x = dropout("dropout", g.flatten("flatten", g.globalAvgPool("avgpool", x)), "dropout");
    g.output(linear("fc", x, request.classes(), 0), 1);
    if (aux1 != null && aux2 != null) {
      g.output(aux1, AUX_WEIGHT).output(aux2, AUX_WEIGHT);
    }
    return g.build();
  }

  private Node stem() {
    Window pool = Window.square(3).stride(2);
    Node x = conv("conv1", g.input(request.input()), 64, Window.square(7).stride(2).pad(3));
    x = respond("norm1", g.maxPool("maxpool1", x, pool, true));
    x = conv("conv2", x, 64, Window.square(1));
    x = respond("norm2", conv("conv3", x, 192, Window.square(3).pad(1)));
    return g.maxPool("maxpool2", x, pool, true);
  }

  private Node module(Module m, Node in) {
    String branch = m.name() + ".branch";
    Node first = conv(branch + "1", in, m.c1(), Window.square(1));
    Node second =
        conv(
            branch + "2.1",
            conv(branch + "2.0", in, m.r3(), Window.square(1)),
            m.c3(),
            Window.square(3).pad(1));
    Window third = wide ? Window.square(5).pad(2) : Window.square(3).pad(1);
    Node middle =
        conv(branch + "3.1", conv(branch + "3.0", in, m.r5(), Window.square(1)), m.c5(), third);
    Node pool = g.maxPool(branch + "4.0", in, Window.square(3).pad(1), true);
    return g.concat(
        m.name(),
        List.of(first, second, middle, conv(branch + "4.1", pool, m.pool(), Window.square(1))));
  }

  /**
   * An auxiliary classifier. The paper pools 5x5 windows with stride 3, torchvision any grid to
   * 4x4.
   */
  private Node head(String name, Node in) {
    if (paper && Math.min(in.shape().dim(1), in.shape().dim(2)) < AUX_GRID) {
      throw new GraphException(
          "graph '"
              + request.name()
              + "': the auxiliary classifiers need a grid of at least "
              + AUX_GRID
              + "x"
              + AUX_GRID
              + " where '"
              + in.name()
              + "' has "
              + in.shape()
              + "; use larger images, or the option aux=false");
    }
    Node x =
        paper
            ? g.avgPool(name + ".pool", in, new Op.AvgPool(Window.square(5).stride(3), false, true))
            : g.add(name + ".pool", new Op.AdaptiveAvgPool(4, 4), in);
    x = g.flatten(name + ".flatten", conv(name + ".conv", x, 128, Window.square(1)));
    x = g.relu(name + ".relu", linear(name + ".fc1", x, 1024, 0.2));
    return linear(
        name + ".fc2", dropout(name + ".dropout", x, "aux_dropout"), request.classes(), 0);
  }

  private Node conv(String name, Node x, int channels, Window window) {
    Op.Conv2d op = Op.Conv2d.of(channels, window);
    if (paper) {
      op = op.withWeights(new Initializer.CaffeXavier()).withBias(new Initializer.Constant(0.2));
      return g.relu(name + ".relu", g.conv(name + ".conv", x, op));
    }
    x = g.conv(name + ".conv", x, op.withWeights(new Initializer.TruncatedNormal(0.01, -2, 2)));
    return g.relu(
        name + ".relu",
        g.batchNorm(name + ".bn", x, new Op.BatchNorm(1e-3, 0.1, new Initializer.Constant(1))));
  }

  private Node linear(String name, Node x, int features, double paperBias) {
    Initializer weights =
        paper ? new Initializer.CaffeXavier() : new Initializer.TruncatedNormal(0.01, -2, 2);
    Initializer bias =
        paper
            ? new Initializer.Constant(paperBias)
            : new Initializer.PyTorchDefault(x.shape().dim(0));
    return g.add(name, new Op.Linear(features, true, weights, bias), x);
  }

  private Node respond(String name, Node x) {
    return paper ? g.add(name, new Op.LocalResponseNorm(5, 1e-4, 0.75, 1), x) : x;
  }

  private Node dropout(String name, Node x, String option) {
    double p = request.options().number(option);
    return p == 0 ? x : g.add(name, new Op.Dropout(p), x);
  }
}
