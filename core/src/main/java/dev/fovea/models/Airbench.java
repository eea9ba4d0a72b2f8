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
 * The network of airbench94, which reaches 94 % on CIFAR-10 in the fewest operations published
 * (Jordan 2024, arXiv 2404.00498): a frozen 2x2 convolution that whitens patches, then three groups
 * of two convolutions, pooled before the first norm, and logits scaled by 1/9.
 *
 * <p>First convolutions begin as identities (Dirac), norms have no trained scale, activations are
 * GELU; structure, first values and constants are those of {@code airbench94.py}. Larger images are
 * accepted: the last pool covers the whole remaining grid.
 */
final class Airbench {
  private static final int STANDARD = 64;
  private static final int MOST = 1 << 10;
  private static final int KERNEL = 2;
  private static final double WHITENING = 5e-4;
  private static final double EPSILON = 1e-12;
  private static final double MOMENTUM = 0.4;
  // 1/9 as binary32, which is what files of other programs hold.
  private static final double LOGITS = 0.11111111;
  private static final ModelOption WIDTH =
      ModelOption.number(
          "width",
          Integer.toString(STANDARD),
          "channels of the first group; the others have 4 times");
  private static final ModelOption ACTIVATION =
      ModelOption.choice("activation", "the non-linearity", "gelu", "silu", "relu");

  private Airbench() {}

  static List<Entry> entries() {
    ModelInfo info =
        new ModelInfo(
            "airbench94",
            "airbench",
            Shape.of(3, 32, 32),
            10,
            Published.of(5.99, "Jordan 2024 (CIFAR-10, 9.9 epochs, mean over 6 views)"),
            List.of(WIDTH, ACTIVATION));
    return List.of(new Entry(info, Airbench::build));
  }

  private static Graph build(Request request) {
    int width = request.count("width", MOST);
    GraphBuilder g = new GraphBuilder(request.name());
    Node images = g.input(request.input());
    int patch = images.shape().dim(0) * KERNEL * KERNEL;
    Op.Conv2d whiten =
        Op.Conv2d.of(2 * patch, Window.square(KERNEL))
            .withWeights(new Initializer.Fixed(new Initializer.Whitening(WHITENING)))
            .withBias(new Initializer.PyTorchDefault(patch));
    Op activation = activation(request.options());
    Node x = g.add("layers.0", activation, g.conv("whiten", images, whiten));
    x = group(g, "layers.1", x, width, activation);
    x = group(g, "layers.2", x, 4 * width, activation);
    x = group(g, "layers.3", x, 4 * width, activation);
    Window rest = Window.of(x.shape().dim(1), x.shape().dim(2));
    x = g.flatten("flatten", g.maxPool("layers.4", x, rest, false));
    Initializer weights = new Initializer.PyTorchDefault(x.shape().dim(0));
    Op.Linear head = new Op.Linear(request.classes(), false, weights, new Initializer.Constant(0));
    return g.build(g.scaled("logits", g.add("head", head, x), LOGITS));
  }

  private static Op activation(Options options) {
    if (options.is("activation", "gelu")) {
      return new Op.Gelu();
    }
    return options.is("activation", "silu") ? new Op.Silu() : new Op.Relu();
  }

  private static Node group(GraphBuilder g, String name, Node in, int channels, Op activation) {
    Node x = convolution(g, name + ".conv1", in, channels);
    x = g.maxPool(name + ".pool", x, Window.square(2).stride(2), false);
    x = g.add(name + ".activ1", activation, norm(g, name + ".norm1", x));
    x = norm(g, name + ".norm2", convolution(g, name + ".conv2", x, channels));
    return g.add(name + ".activ2", activation, x);
  }

  private static Node convolution(GraphBuilder g, String name, Node in, int channels) {
    Initializer others = new Initializer.PyTorchDefault(in.shape().dim(0) * 9);
    Op.Conv2d op =
        Op.Conv2d.of(channels, Window.square(3).pad(1)).withWeights(new Initializer.Dirac(others));
    return g.conv(name, in, op);
  }

  private static Node norm(GraphBuilder g, String name, Node in) {
    return g.batchNorm(name, in, Op.BatchNorm.shiftOnly(EPSILON, MOMENTUM));
  }
}
