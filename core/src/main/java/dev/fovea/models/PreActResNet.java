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
import java.util.ArrayList;
import java.util.List;

/**
 * Residual networks for 32x32 images with every order of activations and every shortcut that
 * "Identity Mappings in Deep Residual Networks" compares (He et al. 2016, arXiv 1603.05027, Tables
 * 1 and 2).
 *
 * <p>Depth 6n+2 has two 3x3 convolutions per unit, depth 9n+2 (164, 1001) bottlenecks that stride
 * in their first 1x1 (github.com/KaimingHe/resnet-1k-layers). If units start with an activation,
 * the first unit and those that change shape share it between branch and shortcut. The authors
 * number their layers; parameter names here are those of {@code CifarResNet}, with {@code bn} as
 * the last norm.
 */
final class PreActResNet {
  private static final String PAPER = "arXiv 1603.05027, Table 2 (CIFAR-10, median of 5)";

  /** The shortcut of a random mapping, which training leaves as it is. */
  private static final String RANDOM = "random";

  private static final ModelOption ORDER =
      ModelOption.choice(
          "order",
          "where the activations are (Figure 4, a to e): full is (e) BN and ReLU before each"
              + " convolution",
          "full",
          "original",
          "bn_after",
          "relu_before",
          "relu_only");
  private static final ModelOption SKIP =
      ModelOption.choice(
          "skip",
          "operation on the shortcut (Table 1): identity, exclusive gating, shortcut-only"
              + " gating, dropout 0.5",
          "identity",
          "gate",
          "shortcut_gate",
          "dropout");
  private static final ModelOption SKIP_SCALE =
      ModelOption.number("skip_scale", "1", "constant factor of the shortcut (Table 1)");
  private static final ModelOption RESIDUAL_SCALE =
      ModelOption.number("residual_scale", "1", "constant factor of the residual branch (Table 1)");
  private static final ModelOption LAYERS =
      ModelOption.choice(
          "layers", "convolutions per unit, except in bottlenecks (Table 3)", "2", "1");
  private static final ModelOption GATE_BIAS =
      ModelOption.number("gate_bias", "-6", "initial bias of the gates (Table 1)");

  private final Request request;
  private final GraphBuilder g;
  private final int units;
  private final int layers;
  private final boolean bottleneck;
  private final String order;

  private PreActResNet(Request request, int depth) {
    this.request = request;
    this.g = new GraphBuilder(request.name());
    this.bottleneck = isBottleneck(depth);
    this.layers = bottleneck ? 3 : Integer.parseInt(request.options().text("layers"));
    this.units = (depth - 2) / (3 * layers);
    this.order = request.options().text("order");
  }

  static List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    for (int depth : new int[] {20, 32, 44, 56}) {
      entries.add(entry(depth, Published.none("arXiv 1603.05027, the units of Figure 4")));
    }
    entries.add(entry(110, Published.of(6.37, PAPER)));
    entries.add(entry(164, Published.of(5.46, PAPER)));
    entries.add(entry(1001, Published.of(4.92, "arXiv 1603.05027, Table 4 (CIFAR-10, best of 5)")));
    return entries;
  }

  private static boolean isBottleneck(int depth) {
    return depth % 6 != 2 || depth == 164;
  }

  private static Entry entry(int depth, Published published) {
    String meaning =
        "where shapes change: A zero channels, B 1x1 convolution; C 1x1 convolution in every unit,"
            + " random the same with random weights that stay";
    ModelOption shortcut =
        isBottleneck(depth)
            ? ModelOption.choice("shortcut", meaning, "B", "A", "C", RANDOM)
            : ModelOption.choice("shortcut", meaning, "A", "B", "C", RANDOM);
    List<ModelOption> options =
        new ArrayList<>(List.of(ORDER, shortcut, SKIP, SKIP_SCALE, RESIDUAL_SCALE, GATE_BIAS));
    if (!isBottleneck(depth)) {
      options.add(LAYERS);
    }
    ModelInfo info =
        new ModelInfo(
            "preact_resnet" + depth,
            "Pre-activation ResNet",
            Shape.of(3, 32, 32),
            10,
            published,
            options);
    return new Entry(info, r -> new PreActResNet(r, depth).build());
  }

  private Graph build() {
    Node x = conv("conv1", g.input(request.input()), 16, Window.square(3).pad(1));
    if (!order.equals("full")) {
      x = norm("bn1", x);
      x = order.equals("relu_only") ? x : g.relu("relu", x);
    }
    for (int stage = 1; stage <= 3; stage++) {
      for (int i = 0; i < units; i++) {
        x = unit("layer" + stage + "." + i, x, 8 << stage, stage > 1 && i == 0 ? 2 : 1);
      }
    }
    x = order.equals("full") ? norm("bn", x) : x;
    x = order.equals("full") || order.equals("relu_only") ? g.relu("last_relu", x) : x;
    x = g.flatten("flatten", g.globalAvgPool("avgpool", x));
    Initializer weights = new Initializer.PyTorchDefault(x.shape().dim(0));
    return g.build(
        g.add(
            "linear",
            new Op.Linear(request.classes(), true, weights, new Initializer.Constant(0)),
            x));
  }

  private Node unit(String name, Node in, int planes, int stride) {
    int channels = bottleneck ? planes * 4 : planes;
    Node active = activateInput(name, in);
    boolean changes = stride != 1 || in.shape().dim(0) != channels;
    boolean first = name.equals("layer1.0");
    Node shortcut = shortcut(name + ".shortcut", changes || first ? active : in, channels, stride);
    Node x = branch(name, active, planes, channels, stride);
    x = join(name, shortcut, x);
    if (order.equals("bn_after")) {
      x = norm(name + "." + lastNorm(), x);
    }
    return order.equals("original") || order.equals("bn_after") ? g.relu(name + ".relu", x) : x;
  }

  /** The input after whatever precedes the first convolution. */
  private Node activateInput(String name, Node in) {
    return switch (order) {
      case "full" -> g.relu(name + ".relu1", norm(name + ".bn1", in));
      case "relu_only" -> g.relu(name + ".relu1", in);
      default -> in;
    };
  }

  private Node branch(String name, Node in, int planes, int channels, int stride) {
    Node x = in;
    for (int i = 1; i <= layers; i++) {
      int kernel = bottleneck && i != 2 ? 1 : 3;
      Window window = Window.square(kernel).stride(i == 1 ? stride : 1).pad(kernel / 2);
      x = conv(name + ".conv" + i, x, i == layers ? channels : planes, window);
      x = i < layers ? betweenConvs(name, i, x) : afterBranch(name, x);
    }
    return x;
  }

  private Node betweenConvs(String name, int i, Node x) {
    int number = order.equals("full") ? i + 1 : i;
    return g.relu(name + ".relu" + (i + 1), norm(name + ".bn" + number, x));
  }

  private Node afterBranch(String name, Node x) {
    return switch (order) {
      case "original", "relu_only" -> norm(name + "." + lastNorm(), x);
      case "relu_before" -> g.relu(name + ".relu", norm(name + "." + lastNorm(), x));
      default -> x;
    };
  }

  private String lastNorm() {
    return "bn" + layers;
  }

  /** The input in the shape of the branch; projections are normalized if branches end in a norm. */
  private Node shortcut(String name, Node in, int channels, int stride) {
    String option = request.options().text("shortcut");
    boolean same = stride == 1 && in.shape().dim(0) == channels;
    boolean random = option.equals(RANDOM);
    if (same && !option.equals("C") && !random) {
      return in;
    }
    if (option.equals("A")) {
      return g.add(
          name, new Op.PadShortcut(channels, stride, (channels - in.shape().dim(0)) / 2), in);
    }
    Op.Conv2d projection = Op.Conv2d.of(channels, Window.square(1).stride(stride));
    if (random) {
      projection = projection.withWeights(new Initializer.Fixed(projection.weightInit()));
    }
    Node x = g.conv(name + ".0", in, projection);
    return order.equals("full") || order.equals("bn_after") ? x : norm(name + ".1", x);
  }

  /** The addition, with the operations of Table 1 of the paper on its two inputs. */
  private Node join(String name, Node shortcut, Node residual) {
    Options options = request.options();
    Node skip = scaled(name + ".skip_scale", shortcut, options.number("skip_scale"));
    Node branch = scaled(name + ".residual_scale", residual, options.number("residual_scale"));
    if (options.is("skip", "dropout")) {
      skip = g.add(name + ".skip_dropout", new Op.Dropout(0.5), skip);
    } else if (!options.is("skip", "identity")) {
      Op.Conv2d op =
          Op.Conv2d.of(shortcut.shape().dim(0), Window.square(1))
              .withBias(new Initializer.Constant(options.number("gate_bias")));
      Node gate =
          g.add(name + ".gate_sigmoid", new Op.Sigmoid(), g.conv(name + ".gate", shortcut, op));
      skip =
          g.add(
              name + ".skip_gated",
              new Op.Multiply(),
              skip,
              g.add(name + ".gate_rest", new Op.Affine(-1, 1), gate));
      branch =
          options.is("skip", "gate")
              ? g.add(name + ".residual_gated", new Op.Multiply(), branch, gate)
              : branch;
    }
    return g.add(name + ".add", branch, skip);
  }

  private Node scaled(String name, Node x, double factor) {
    return factor == 1 ? x : g.add(name, new Op.Affine(factor, 0), x);
  }

  private Node conv(String name, Node x, int channels, Window window) {
    return g.conv(name, x, Op.Conv2d.of(channels, window));
  }

  private Node norm(String name, Node x) {
    return g.batchNorm(name, x, Op.BatchNorm.standard());
  }
}
