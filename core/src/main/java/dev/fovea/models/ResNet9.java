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
 * A nine-layer residual network designed to train quickly on CIFAR-10 (Page 2018, "How to Train
 * Your ResNet", part 4, myrtle.ai): wide, with max pooling in place of strides, two residual
 * blocks, and logits scaled by 1/8.
 *
 * <p>Structure and initial weights are those of {@code dawn.py} in cifar10-fast, whose parameter
 * names have underscores where these have dots. Larger images are accepted: the last pool covers
 * the whole remaining grid.
 */
final class ResNet9 {
  private static final int STANDARD = 64;
  private static final int MOST = 1 << 10;
  private static final double LOGITS = 0.125;
  private static final ModelOption WIDTH =
      ModelOption.number(
          "width", Integer.toString(STANDARD), "channels of the first layer; others 2, 4, 8 times");

  private ResNet9() {}

  static List<Entry> entries() {
    ModelInfo info =
        new ModelInfo(
            "resnet9",
            "ResNet-9",
            Shape.of(3, 32, 32),
            10,
            Published.of(6, "Page 2018, part 4 (CIFAR-10, 24 epochs: 94 % reached)"),
            List.of(WIDTH));
    return List.of(new Entry(info, ResNet9::build));
  }

  private static Graph build(Request request) {
    int width = request.count("width", MOST);
    GraphBuilder g = new GraphBuilder(request.name());
    Node x = layer(g, "prep", g.input(request.input()), width);
    x = residual(g, "layer1", convAndPool(g, "layer1", x, 2 * width));
    x = convAndPool(g, "layer2", x, 4 * width);
    x = residual(g, "layer3", convAndPool(g, "layer3", x, 8 * width));
    Window rest = Window.of(x.shape().dim(1), x.shape().dim(2));
    x = g.flatten("flatten", g.maxPool("pool", x, rest, false));
    Initializer weights = new Initializer.PyTorchDefault(x.shape().dim(0));
    Op.Linear linear =
        new Op.Linear(request.classes(), false, weights, new Initializer.Constant(0));
    return g.build(g.add("classifier", new Op.Affine(LOGITS, 0), g.add("linear", linear, x)));
  }

  private static Node convAndPool(GraphBuilder g, String name, Node in, int channels) {
    Node x = layer(g, name, in, channels);
    return g.maxPool(name + ".pool", x, Window.square(2).stride(2), false);
  }

  private static Node residual(GraphBuilder g, String name, Node in) {
    int channels = in.shape().dim(0);
    Node x = layer(g, name + ".residual.res1", in, channels);
    x = layer(g, name + ".residual.res2", x, channels);
    return g.add(name + ".residual.add", x, in);
  }

  private static Node layer(GraphBuilder g, String name, Node in, int channels) {
    Initializer weights = new Initializer.PyTorchDefault(in.shape().dim(0) * 9);
    Op.Conv2d op = Op.Conv2d.of(channels, Window.square(3).pad(1)).withWeights(weights);
    Node x = g.batchNorm(name + ".bn", g.conv(name + ".conv", in, op), Op.BatchNorm.standard());
    return g.relu(name + ".relu", x);
  }
}
