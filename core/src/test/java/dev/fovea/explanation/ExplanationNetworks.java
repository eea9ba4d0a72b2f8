package dev.fovea.explanation;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.tensor.Shape;
import java.util.List;

/** The networks of {@code golden/make_explanations.py}. */
final class ExplanationNetworks {
  private static final Window ONE = Window.square(1);
  private static final Window AROUND = Window.square(3).pad(1);

  private ExplanationNetworks() {}

  static Graph of(String name) {
    return switch (name) {
      case "residual" -> residual();
      case "preactivation" -> preActivation();
      case "inception" -> inception();
      case "vgg" -> vgg();
      case "resnet18" -> Models.graph("resnet18", 1000, Shape.of(3, 96, 96));
      default -> throw new IllegalArgumentException(name);
    };
  }

  private static Node norm(GraphBuilder b, String name, Node x) {
    return b.batchNorm(name, x, Op.BatchNorm.standard());
  }

  private static Node head(GraphBuilder b, Node x, int classes) {
    return b.linear("fc", b.flatten("flatten", b.globalAvgPool("pool", x)), classes);
  }

  private static Graph residual() {
    GraphBuilder b = new GraphBuilder("residual");
    Node x = b.conv("conv1", b.input(Shape.of(3, 16, 16)), Op.Conv2d.of(8, AROUND));
    x = b.relu("relu1", norm(b, "bn1", x));
    Node y = b.conv("conv2", x, Op.Conv2d.of(12, AROUND.stride(2)));
    y = b.relu("relu2", norm(b, "bn2", y));
    y = norm(b, "bn3", b.conv("conv3", y, Op.Conv2d.of(12, AROUND)));
    x = b.add("add", y, b.conv("shortcut", x, Op.Conv2d.of(12, ONE.stride(2))));
    return b.build(head(b, b.relu("relu3", x), 5));
  }

  private static Graph preActivation() {
    GraphBuilder b = new GraphBuilder("preactivation");
    Node x = b.conv("conv1", b.input(Shape.of(1, 13, 13)), Op.Conv2d.of(8, AROUND));
    Node y = b.relu("relu1", norm(b, "bn1", x));
    x = b.add("add", x, b.conv("conv2", y, Op.Conv2d.of(8, AROUND)));
    return b.build(head(b, b.relu("relu2", norm(b, "bn2", x)), 3));
  }

  private static Op.Conv2d biased(int out, Window window) {
    return Op.Conv2d.of(out, window).withBias(new Initializer.Constant(0));
  }

  private static Graph inception() {
    GraphBuilder b = new GraphBuilder("inception");
    Node x = b.conv("stem", b.input(Shape.of(3, 17, 17)), biased(8, AROUND.stride(2)));
    x = b.relu("relu1", x);
    Node one = b.relu("relu2", b.conv("one", x, biased(4, ONE)));
    Node three = b.relu("relu3", b.conv("three", x, biased(6, AROUND)));
    Node pooled = b.maxPool("pooled", x, AROUND, false);
    return b.build(head(b, b.concat("concat", List.of(one, three, pooled)), 4));
  }

  private static Graph vgg() {
    GraphBuilder b = new GraphBuilder("vgg");
    Node x = b.input(Shape.of(3, 12, 20));
    x = b.relu("relu1", b.conv("conv1", x, biased(6, AROUND)));
    x = b.maxPool("pool1", x, Window.square(2).stride(2), false);
    x = b.relu("relu2", b.conv("conv2", x, biased(8, AROUND)));
    x = b.maxPool("pool2", x, Window.square(2).stride(2), false);
    x = b.relu("relu3", b.linear("fc1", b.flatten("flatten", x), 10));
    return b.build(b.linear("fc2", x, 2));
  }
}
