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
 * Inception-v2 and Inception-v3 (Szegedy et al. 2015, arXiv 1512.00567).
 *
 * <p>{@code inception_v3} is the released network, with torchvision's parameter names and initial
 * weights. Weights trained in TensorFlow need the option {@code pool=uncounted}. {@code
 * inception_v2} is Table 1 of the paper, which does not give branch widths: they are v3's where
 * those match the printed totals, and narrower in the 17x17 modules to match the stated cost. Its
 * options cover the rows of the paper's Table 3: a 7x7 in place of the first three 3x3, and an
 * auxiliary classifier whose fully connected layer (the 5x5 over its whole grid) has no norm.
 */
final class InceptionV3 {
  private static final Window ONE = Window.square(1);
  private static final Window AROUND = Window.square(3).pad(1);
  private static final Window HALVE = Window.square(3).stride(2);
  private static final Window ROW = Window.of(1, 7).pad(0, 3);
  private static final Window COLUMN = Window.of(7, 1).pad(3, 0);
  private static final ModelOption STEM =
      ModelOption.choice(
          "stem", "the first layers: three 3x3, or the 7x7 that they factorize", "3x3", "7x7");
  private static final ModelOption POOL =
      ModelOption.choice(
          "pool",
          "whether average pools count their padding, as torchvision's do, or leave it out of the"
              + " mean, as TensorFlow's do",
          "counted",
          "uncounted");
  private static final ModelOption STEM_STRIDE = StemOptions.stride("2", "1");
  private static final ModelOption STEM_POOL =
      StemOptions.pool("the pool after the first layers", "max", "none");
  private static final double AUX_WEIGHT = 0.4;
  private static final int AUX_GRID = 17;

  private final Request request;
  private final GraphBuilder g;

  private InceptionV3(Request request) {
    this.request = request;
    this.g = new GraphBuilder(request.name());
  }

  static List<Entry> entries() {
    ModelOption dropout = ModelOption.number("dropout", "0.5", "dropout before the classifier");
    String meaning =
        "whether to train with the auxiliary classifier on the last 17x17 grid; conv: with batch"
            + " norm only in its convolution";
    Shape input = Shape.of(3, 299, 299);
    ModelInfo v2 =
        new ModelInfo(
            "inception_v2",
            "Inception-v2/v3",
            input,
            1000,
            Published.of(23.4, "arXiv 1512.00567, Table 3 (ImageNet, single crop)"),
            List.of(
                ModelOption.choice("aux", meaning, "false", "true", "conv"),
                STEM,
                STEM_STRIDE,
                STEM_POOL,
                POOL,
                dropout));
    ModelInfo v3 =
        new ModelInfo(
            "inception_v3",
            "Inception-v2/v3",
            input,
            1000,
            Published.of(21.2, 5.6, "arXiv 1512.00567, Table 3 (ImageNet, single crop)"),
            List.of(
                ModelOption.choice("aux", meaning, "true", "false", "conv"),
                STEM,
                STEM_STRIDE,
                STEM_POOL,
                POOL,
                dropout));
    return List.of(
        new Entry(v2, r -> new InceptionV3(r).version2()),
        new Entry(v3, r -> new InceptionV3(r).version3()));
  }

  private Graph version2() {
    Node x = conv("Conv2d_3b_3x3", beginning(), 80, Window.square(3));
    x = conv("Conv2d_4a_3x3", x, 192, HALVE);
    x = conv("Conv2d_4b_3x3", x, 288, AROUND);
    for (String name : List.of("Mixed_5b", "Mixed_5c")) {
      x = figure5(name, x, 64, "branch3x3", AROUND);
    }
    return rest(x, 96, 96, 96, 128);
  }

  private Graph version3() {
    Node x = conv("Conv2d_3b_1x1", beginning(), 80, ONE);
    x = g.maxPool("maxpool2", conv("Conv2d_4a_3x3", x, 192, Window.square(3)), HALVE, false);
    x = figure5("Mixed_5b", x, 32, "branch5x5", Window.square(5).pad(2));
    x = figure5("Mixed_5c", x, 64, "branch5x5", Window.square(5).pad(2));
    x = figure5("Mixed_5d", x, 64, "branch5x5", Window.square(5).pad(2));
    return rest(x, 128, 160, 160, 192);
  }

  /** The layers of both networks up to the first pool. */
  private Node beginning() {
    Node x = firstLayers(g.input(request.input()), StemOptions.stride(request.options()));
    return StemOptions.pools(request.options()) ? g.maxPool("maxpool1", x, HALVE, false) : x;
  }

  private Node firstLayers(Node in, int stride) {
    if (request.options().is("stem", "7x7")) {
      return conv("Conv2d_1a_7x7", in, 64, Window.square(7).stride(stride));
    }
    Node x = conv("Conv2d_1a_3x3", in, 32, Window.square(3).stride(stride));
    return conv("Conv2d_2b_3x3", conv("Conv2d_2a_3x3", x, 32, Window.square(3)), 64, AROUND);
  }

  /**
   * The layers of both networks from the first grid reduction on; {@code widths} are those of the
   * 7x7 branches.
   */
  private Graph rest(Node in, int... widths) {
    Node x = reduceTo17("Mixed_6a", in);
    for (int i = 0; i < widths.length; i++) {
      x = figure6("Mixed_6" + (char) ('b' + i), x, widths[i]);
    }
    Node seventeen = x;
    x = figure7("Mixed_7c", figure7("Mixed_7b", reduceTo8("Mixed_7a", x)));
    x = g.flatten("flatten", g.globalAvgPool("avgpool", x));
    double dropout = request.options().number("dropout");
    x = dropout == 0 ? x : g.add("dropout", new Op.Dropout(dropout), x);
    g.output(linear("fc", x, 0.1), 1);
    if (!request.options().is("aux", "false")) {
      g.output(auxiliary("AuxLogits", seventeen), AUX_WEIGHT);
    }
    return g.build();
  }

  private Node figure5(String name, Node in, int projection, String second, Window window) {
    Node single = conv(name + ".branch1x1", in, 64, ONE);
    Node middle =
        conv(name + "." + second + "_2", conv(name + "." + second + "_1", in, 48, ONE), 64, window);
    Node twice =
        conv(name + ".branch3x3dbl_2", conv(name + ".branch3x3dbl_1", in, 64, ONE), 96, AROUND);
    twice = conv(name + ".branch3x3dbl_3", twice, 96, AROUND);
    return g.concat(name, List.of(single, middle, twice, poolAndProject(name, in, projection)));
  }

  private Node reduceTo17(String name, Node in) {
    Node three = conv(name + ".branch3x3", in, 384, HALVE);
    Node twice =
        conv(name + ".branch3x3dbl_2", conv(name + ".branch3x3dbl_1", in, 64, ONE), 96, AROUND);
    twice = conv(name + ".branch3x3dbl_3", twice, 96, HALVE);
    return g.concat(
        name, List.of(three, twice, g.maxPool(name + ".branch_pool", in, HALVE, false)));
  }

  private Node figure6(String name, Node in, int width) {
    Node single = conv(name + ".branch1x1", in, 192, ONE);
    Node seven =
        conv(name + ".branch7x7_2", conv(name + ".branch7x7_1", in, width, ONE), width, ROW);
    seven = conv(name + ".branch7x7_3", seven, 192, COLUMN);
    Node twice =
        conv(
            name + ".branch7x7dbl_2",
            conv(name + ".branch7x7dbl_1", in, width, ONE),
            width,
            COLUMN);
    twice =
        conv(
            name + ".branch7x7dbl_4",
            conv(name + ".branch7x7dbl_3", twice, width, ROW),
            width,
            COLUMN);
    twice = conv(name + ".branch7x7dbl_5", twice, 192, ROW);
    return g.concat(name, List.of(single, seven, twice, poolAndProject(name, in, 192)));
  }

  private Node reduceTo8(String name, Node in) {
    Node three = conv(name + ".branch3x3_2", conv(name + ".branch3x3_1", in, 192, ONE), 320, HALVE);
    Node seven =
        conv(name + ".branch7x7x3_2", conv(name + ".branch7x7x3_1", in, 192, ONE), 192, ROW);
    seven =
        conv(
            name + ".branch7x7x3_4", conv(name + ".branch7x7x3_3", seven, 192, COLUMN), 192, HALVE);
    return g.concat(
        name, List.of(three, seven, g.maxPool(name + ".branch_pool", in, HALVE, false)));
  }

  private Node figure7(String name, Node in) {
    Node single = conv(name + ".branch1x1", in, 320, ONE);
    Node three = split(name + ".branch3x3_2", conv(name + ".branch3x3_1", in, 384, ONE));
    Node twice =
        conv(name + ".branch3x3dbl_2", conv(name + ".branch3x3dbl_1", in, 448, ONE), 384, AROUND);
    return g.concat(
        name,
        List.of(
            single, three, split(name + ".branch3x3dbl_3", twice), poolAndProject(name, in, 192)));
  }

  private Node split(String name, Node in) {
    Node row = conv(name + "a", in, 384, Window.of(1, 3).pad(0, 1));
    return g.concat(name, List.of(row, conv(name + "b", in, 384, Window.of(3, 1).pad(1, 0))));
  }

  private Node poolAndProject(String name, Node in, int channels) {
    boolean counted = request.options().is("pool", "counted");
    Node pool = g.avgPool(name + ".pool", in, new Op.AvgPool(AROUND, false, counted));
    return conv(name + ".branch_pool", pool, channels, ONE);
  }

  private Node auxiliary(String name, Node in) {
    if (in.shape().dim(1) < AUX_GRID || in.shape().dim(2) < AUX_GRID) {
      throw new GraphException(
          "graph '"
              + request.name()
              + "': the auxiliary classifier needs a grid of at least "
              + AUX_GRID
              + "x"
              + AUX_GRID
              + " where '"
              + in.name()
              + "' has "
              + in.shape()
              + "; use images of 299x299, or the option aux=false");
    }
    Node x = g.avgPool(name + ".pool", in, new Op.AvgPool(Window.square(5).stride(3), false, true));
    x = conv(name + ".conv0", x, 128, ONE);
    x =
        request.options().is("aux", "true")
            ? conv(name + ".conv1", x, 768, Window.square(5), 0.01)
            : withoutNorm(name + ".conv1", x);
    x = g.flatten(name + ".flatten", g.globalAvgPool(name + ".avgpool", x));
    return linear(name + ".fc", x, 0.001);
  }

  private Node conv(String name, Node x, int channels, Window window) {
    return conv(name, x, channels, window, 0.1);
  }

  private Node conv(String name, Node x, int channels, Window window, double std) {
    x =
        g.conv(
            name + ".conv",
            x,
            Op.Conv2d.of(channels, window)
                .withWeights(new Initializer.TruncatedNormal(std, -2, 2)));
    return g.relu(
        name + ".relu",
        g.batchNorm(name + ".bn", x, new Op.BatchNorm(1e-3, 0.1, new Initializer.Constant(1))));
  }

  private Node withoutNorm(String name, Node x) {
    Op.Conv2d op =
        Op.Conv2d.of(768, Window.square(5))
            .withWeights(new Initializer.TruncatedNormal(0.01, -2, 2))
            .withBias(new Initializer.Constant(0));
    return g.relu(name + ".relu", g.conv(name + ".conv", x, op));
  }

  private Node linear(String name, Node x, double std) {
    Initializer bias = new Initializer.PyTorchDefault(x.shape().dim(0));
    return g.add(
        name,
        new Op.Linear(request.classes(), true, new Initializer.TruncatedNormal(std, -2, 2), bias),
        x);
  }
}
