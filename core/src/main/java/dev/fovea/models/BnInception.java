package dev.fovea.models;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Initializer.Fan;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.models.Entry.Request;
import dev.fovea.models.ModelInfo.Published;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * Inception with batch normalization (Ioffe and Szegedy 2015, arXiv 1502.03167, Figure 5).
 *
 * <p>{@code bn_inception} is Caffe's and Cadene's: a plain 7x7, and biases before the norms. {@code
 * bn_inception_separable} is the paper's and tf-slim's: a depthwise 7x7 with eight filters per
 * color channel, no biases, and 96 channels of pool projection in 4c and 4d. {@code
 * bn_inception_small} has the same modules, narrower, after a single 3x3, for 32x32 images.
 * Parameter names are those of github.com/Cadene/pretrained-models.pytorch.
 */
final class BnInception {
  private static final ModelOption ACTIVATION =
      ModelOption.choice(
          "activation",
          "the non-linearity; sigmoid is the paper's BN-x5-Sigmoid",
          "relu",
          "sigmoid");
  private static final ModelOption NORM =
      ModelOption.choice("norm", "batch normalization, or biases in place of it", "batch", "none");
  private static final ModelOption DROPOUT =
      ModelOption.number("dropout", "0", "dropout before the classifier");

  private static final ModelOption LRN =
      ModelOption.number(
          "lrn",
          "0",
          "alpha of local response normalization where GoogLeNet has it (there 1e-4), 0 for none");

  private static final int MAX_WIDTH = 8;

  /**
   * Channels of a module: 1x1; 3x3 reduction and 3x3; double 3x3 reduction and both 3x3;
   * projection.
   *
   * @param c1 0 if the module halves the grid and its pool has no projection
   */
  private record Module(String name, int c1, int r3, int c3, int rd, int cd, int pool) {}

  private final Request request;
  private final Options options;
  private final GraphBuilder g;
  private final boolean small;

  private BnInception(Request request, boolean small) {
    this.request = request;
    this.small = small;
    this.options = request.options();
    this.g = new GraphBuilder(request.name());
  }

  static List<Entry> entries() {
    return List.of(
        entry(
            "bn_inception",
            Shape.of(3, 224, 224),
            1000,
            Published.of(25.2, 7.82, "arXiv 1502.03167, Figure 4 (ImageNet, single crop)"),
            options("plain", "128", "true")),
        entry(
            "bn_inception_separable",
            Shape.of(3, 224, 224),
            1000,
            Published.of(25.2, 7.82, "arXiv 1502.03167, Figure 4 (ImageNet, single crop)"),
            options("separable", "96", "false")),
        entry(
            "bn_inception_small",
            Shape.of(3, 32, 32),
            10,
            Published.none("the modules of arXiv 1502.03167, Figure 5, for studies"),
            smallOptions()));
  }

  private static Entry entry(
      String name, Shape input, int classes, Published published, List<ModelOption> options) {
    return new Entry(
        new ModelInfo(name, "BN-Inception", input, classes, published, options),
        r -> new BnInception(r, input.dim(1) == 32).build());
  }

  private static List<ModelOption> options(String stem, String projection, String bias) {
    return List.of(
        ModelOption.choice(
            "stem",
            "the first 7x7: plain, or depthwise and 1x1 (paper)",
            stem,
            stem.equals("plain") ? "separable" : "plain"),
        ModelOption.choice(
            "projection",
            "channels of the pool projection in 4c and 4d: 128 Caffe's, 96 tf-slim's",
            projection,
            projection.equals("96") ? "128" : "96"),
        ModelOption.choice(
            "bias",
            "whether convolutions have a bias before the norm",
            bias,
            bias.equals("true") ? "false" : "true"),
        ModelOption.number(
            "bn_momentum", "0.1", "weight of the new batch in the running statistics"),
        NORM,
        ACTIVATION,
        LRN,
        DROPOUT);
  }

  private static List<ModelOption> smallOptions() {
    List<ModelOption> all = new ArrayList<>(options("plain", "128", "false"));
    all.removeIf(o -> o.name().equals("stem"));
    all.add(
        ModelOption.number(
            "width",
            "0.25",
            "channels as a part of the full network's, rounded up to multiples of 16"));
    return all;
  }

  private Graph build() {
    Node x =
        small
            ? respond(
                "conv1_lrn",
                conv("conv1_3x3", g.input(request.input()), scaled(192), Window.square(3).pad(1)))
            : stem();
    for (Module m : modules()) {
      x = m.c1() == 0 ? halving(m, x) : module(m, x);
    }
    x = g.flatten("flatten", g.globalAvgPool("global_pool", x));
    double dropout = options.number("dropout");
    x = dropout == 0 ? x : g.add("dropout", new Op.Dropout(dropout), x);
    return g.build(g.linear("last_linear", x, request.classes()));
  }

  private List<Module> modules() {
    int projection = Integer.parseInt(options.text("projection"));
    return List.of(
        new Module("inception_3a", 64, 64, 64, 64, 96, 32),
        new Module("inception_3b", 64, 64, 96, 64, 96, 64),
        new Module("inception_3c", 0, 128, 160, 64, 96, 0),
        new Module("inception_4a", 224, 64, 96, 96, 128, 128),
        new Module("inception_4b", 192, 96, 128, 96, 128, 128),
        new Module("inception_4c", 160, 128, 160, 128, 160, projection),
        new Module("inception_4d", 96, 128, 192, 160, 192, projection),
        new Module("inception_4e", 0, 128, 192, 192, 256, 0),
        new Module("inception_5a", 352, 192, 320, 160, 224, 128),
        new Module("inception_5b", 352, 192, 320, 192, 224, 128));
  }

  private Node stem() {
    Window seven = Window.square(7).stride(2).pad(3);
    Window pool = Window.square(3).stride(2);
    Node x = g.input(request.input());
    if (options.is("stem", "separable")) {
      int colors = x.shape().dim(0);
      x =
          g.conv(
              "conv1_7x7_s2_depthwise",
              x,
              Op.Conv2d.of(8 * colors, seven).grouped(colors).withWeights(weights(49)));
      x = conv("conv1_7x7_s2", x, 64, Window.square(1));
    } else {
      x = conv("conv1_7x7_s2", x, 64, seven);
    }
    x = respond("pool1_lrn", g.maxPool("pool1_3x3_s2", x, pool, true));
    x = conv("conv2_3x3_reduce", x, 64, Window.square(1));
    x = respond("conv2_lrn", conv("conv2_3x3", x, 192, Window.square(3).pad(1)));
    return g.maxPool("pool2_3x3_s2", x, pool, true);
  }

  /** GoogLeNet's local response normalization, which this network makes unnecessary. */
  private Node respond(String name, Node x) {
    double alpha = options.number("lrn");
    if (!(alpha >= 0 && alpha <= Float.MAX_VALUE)) {
      throw new ModelException(
          "model '" + request.name() + "': option lrn must be 0 or more, got " + alpha);
    }
    return alpha == 0 ? x : g.add(name, new Op.LocalResponseNorm(5, alpha, 0.75, 1), x);
  }

  private Node module(Module m, Node in) {
    String name = m.name();
    Window around = Window.square(3).pad(1);
    Node single = conv(name + "_1x1", in, scaled(m.c1()), Window.square(1));
    Node three =
        conv(
            name + "_3x3",
            conv(name + "_3x3_reduce", in, scaled(m.r3()), Window.square(1)),
            scaled(m.c3()),
            around);
    Node pool =
        name.endsWith("5b")
            ? g.maxPool(name + "_pool", in, around, true)
            : g.avgPool(name + "_pool", in, new Op.AvgPool(around, true, true));
    Node projection = conv(name + "_pool_proj", pool, scaled(m.pool()), Window.square(1));
    return g.concat(name + "_output", List.of(single, three, twice(m, in, 1), projection));
  }

  private Node halving(Module m, Node in) {
    String name = m.name();
    Node three = conv(name + "_3x3_reduce", in, scaled(m.r3()), Window.square(1));
    three = conv(name + "_3x3", three, scaled(m.c3()), Window.square(3).stride(2).pad(1));
    Node pool = g.maxPool(name + "_pool", in, Window.square(3).stride(2), true);
    return g.concat(name + "_output", List.of(three, twice(m, in, 2), pool));
  }

  private Node twice(Module m, Node in, int stride) {
    String name = m.name() + "_double_3x3_";
    Node x = conv(name + "reduce", in, scaled(m.rd()), Window.square(1));
    x = conv(name + "1", x, scaled(m.cd()), Window.square(3).pad(1));
    return conv(name + "2", x, scaled(m.cd()), Window.square(3).stride(stride).pad(1));
  }

  // With multiples of 16, every branch is a slice of the concatenation in blocked layouts.
  private int scaled(int channels) {
    if (!small) {
      return channels;
    }
    double width = options.number("width");
    if (!(width > 0 && width <= MAX_WIDTH)) {
      throw new ModelException(
          "model '"
              + request.name()
              + "': option width must be above 0 and at most "
              + MAX_WIDTH
              + ", got "
              + width);
    }
    return 16 * (int) Math.ceil(channels * width / 16);
  }

  private Node conv(String name, Node x, int channels, Window window) {
    boolean norm = options.is("norm", "batch");
    int fanIn = x.shape().dim(0) * window.kernelH() * window.kernelW();
    Op.Conv2d op = Op.Conv2d.of(channels, window).withWeights(weights(fanIn));
    if (!norm || options.is("bias", "true")) {
      op = op.withBias(norm ? weights(fanIn) : new Initializer.Constant(0));
    }
    x = g.conv(name, x, op);
    if (norm) {
      x =
          g.batchNorm(
              name + "_bn",
              x,
              new Op.BatchNorm(1e-5, options.number("bn_momentum"), new Initializer.Constant(1)));
    }
    return g.add(
        name + "_act", options.is("activation", "relu") ? new Op.Relu() : new Op.Sigmoid(), x);
  }

  // Without norms nothing corrects badly scaled initial weights.
  private Initializer weights(int fanIn) {
    return options.is("norm", "batch")
        ? new Initializer.PyTorchDefault(fanIn)
        : new Initializer.HeNormal(Fan.IN);
  }
}
