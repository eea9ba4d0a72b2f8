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
 * The networks of airbench, which reach 94, 95 and 96 % on CIFAR-10 in the fewest operations
 * published (Jordan 2024, arXiv 2404.00498): a frozen 2x2 convolution that whitens patches, then
 * three groups of two convolutions, pooled before the first norm, and logits scaled by 1/9.
 * airbench96 has a third convolution per group, to whose norm the group's first activation is
 * added.
 *
 * <p>Convolutions begin as identities as far as they have inputs (Dirac), norms have no trained
 * scale, activations are GELU; structure, first values and constants are those of {@code
 * airbench94.py}, {@code airbench95.py} and {@code airbench96.py}. Larger images are accepted: the
 * last pool covers the whole remaining grid.
 */
final class Airbench {
  private static final int MOST = 1 << 10;
  private static final int KERNEL = 2;
  private static final double WHITENING = 5e-4;
  private static final double EPSILON = 1e-12;
  // 1/9 as binary32, which is what files of other programs hold.
  private static final double LOGITS = 0.11111111;
  private static final ModelOption ACTIVATION =
      ModelOption.choice("activation", "the non-linearity", "gelu", "silu", "relu");

  /**
   * What differs between the networks.
   *
   * @param width channels of the first group
   * @param second channels of the second group in widths of the first
   * @param third channels of the third group in widths of the first
   * @param depth convolutions per group
   * @param momentum weight of the new batch in the running statistics
   */
  private record Member(
      String name, int width, int second, int third, int depth, double momentum, Published error) {

    Entry entry() {
      ModelOption widths =
          ModelOption.number(
              "width",
              Integer.toString(width),
              "channels of the first group; the others have " + times());
      ModelOption depths =
          ModelOption.choice(
              "depth",
              "convolutions per group; of three, the last ends in a residual sum",
              Integer.toString(depth),
              depth == 2 ? "3" : "2");
      List<ModelOption> options = List.of(widths, depths, ACTIVATION);
      ModelInfo info = new ModelInfo(name, "airbench", Shape.of(3, 32, 32), 10, error, options);
      return new Entry(info, this::build);
    }

    private String times() {
      return second == third
          ? second + " times as many"
          : second + " and " + third + " times as many";
    }

    private Graph build(Request request) {
      int channels = request.count("width", MOST);
      GraphBuilder g = new GraphBuilder(request.name());
      Node images = g.input(request.input());
      int patch = images.shape().dim(0) * KERNEL * KERNEL;
      Op.Conv2d whiten =
          Op.Conv2d.of(2 * patch, Window.square(KERNEL))
              .withWeights(new Initializer.Fixed(new Initializer.Whitening(WHITENING)))
              .withBias(new Initializer.Constant(0));
      Layers layers =
          new Layers(
              g,
              activation(request.options()),
              Op.BatchNorm.shiftOnly(EPSILON, momentum),
              request.options().is("depth", "3"));
      Node x = g.add("layers.0", layers.activation(), g.conv("whiten", images, whiten));
      x = layers.group("layers.1", x, channels);
      x = layers.group("layers.2", x, second * channels);
      x = layers.group("layers.3", x, third * channels);
      Window rest = Window.of(x.shape().dim(1), x.shape().dim(2));
      x = g.flatten("flatten", g.maxPool("layers.4", x, rest, false));
      Initializer weights = new Initializer.PyTorchDefault(x.shape().dim(0));
      Op.Linear head =
          new Op.Linear(request.classes(), false, weights, new Initializer.Constant(0));
      return g.build(g.scaled("logits", g.add("head", head, x), LOGITS));
    }
  }

  /** Adds layers with the activation and the norm of one network. */
  private record Layers(GraphBuilder g, Op activation, Op.BatchNorm norm, boolean residual) {
    Node group(String name, Node in, int channels) {
      Node x = convolution(name + ".conv1", in, channels);
      x = g.maxPool(name + ".pool", x, Window.square(2).stride(2), false);
      Node first = g.add(name + ".activ1", activation, g.batchNorm(name + ".norm1", x, norm));
      x = convolution(name + ".conv2", first, channels);
      x = g.add(name + ".activ2", activation, g.batchNorm(name + ".norm2", x, norm));
      if (!residual) {
        return x;
      }
      x = g.batchNorm(name + ".norm3", convolution(name + ".conv3", x, channels), norm);
      return g.add(name + ".activ3", activation, g.add(name + ".add", x, first));
    }

    private Node convolution(String name, Node in, int channels) {
      Initializer others = new Initializer.PyTorchDefault(in.shape().dim(0) * 9);
      Op.Conv2d op =
          Op.Conv2d.of(channels, Window.square(3).pad(1))
              .withWeights(new Initializer.Dirac(others));
      return g.conv(name, in, op);
    }
  }

  private Airbench() {}

  static List<Entry> entries() {
    return List.of(
        new Member("airbench94", 64, 4, 4, 2, 0.4, error(5.99, "9.9 epochs")).entry(),
        new Member("airbench95", 128, 3, 3, 2, 0.4, error(4.99, "15 epochs")).entry(),
        new Member("airbench96", 128, 3, 4, 3, 0.1, error(3.97, "4.9 PFLOP")).entry());
  }

  private static Published error(double percent, String cost) {
    return Published.of(percent, "Jordan 2024 (CIFAR-10, " + cost + ", mean over 6 views)");
  }

  private static Op activation(Options options) {
    if (options.is("activation", "gelu")) {
      return new Op.Gelu();
    }
    return options.is("activation", "silu") ? new Op.Silu() : new Op.Relu();
  }
}
