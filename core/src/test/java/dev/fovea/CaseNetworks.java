package dev.fovea;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import java.util.List;

/**
 * The small networks of the table: combinations of operations that occur in the papers' networks.
 */
final class CaseNetworks {
  private CaseNetworks() {}

  static Graph build(OpCases.OpCase c) {
    GraphBuilder b = new GraphBuilder(c.kind());
    Node in = b.input(c.inputs().get(0));
    return switch (c.kind()) {
      case "residual-a" ->
          OpCases.OpCase.classifier(
              b,
              residual(
                  b,
                  convNorm(b, "stem", in, c.whole("out", 16), Window.square(3).pad(1)),
                  c,
                  true));
      case "residual-b" ->
          OpCases.OpCase.classifier(
              b,
              residual(
                  b,
                  convNorm(b, "stem", in, c.whole("out", 16), Window.square(3).pad(1)),
                  c,
                  false));
      case "preactivation" -> preactivation(b, in, c.whole("out", 16));
      case "inception" -> inception(b, in, c.whole("out", 16));
      case "auxiliary" -> auxiliary(b, in, c.whole("out", 16));
      case "lrn-stem" -> lrnStem(b, in);
      case "vgg-tail" -> vggTail(b, in, c.whole("out", 64));
      case "fan-out" -> fanOut(b, in);
      case "image-shortcut" -> imageShortcut(b, in);
      case "smooth" -> smooth(b, in, c.whole("out", 16));
      case "one-conv-block" -> oneConvBlock(b, in, c.whole("out", 16));
      default ->
          throw new IllegalArgumentException(
              "ops.txt: no network '" + c.kind() + "' in: " + c.line());
    };
  }

  private static Node convNorm(GraphBuilder b, String name, Node x, int out, Window window) {
    Node conv = b.conv(name + ".conv", x, Op.Conv2d.of(out, window));
    return b.relu(name + ".relu", b.batchNorm(name + ".bn", conv, Op.BatchNorm.standard()));
  }

  private static Node residual(GraphBuilder b, Node x, OpCases.OpCase c, boolean optionA) {
    int out = 2 * c.whole("out", 16);
    Node branch = convNorm(b, "first", x, out, Window.square(3).pad(1).stride(2));
    branch = b.conv("second.conv", branch, Op.Conv2d.of(out, Window.square(3).pad(1)));
    branch = b.batchNorm("second.bn", branch, Op.BatchNorm.standard());
    Node shortcut = x;
    if (optionA) {
      shortcut = b.add("shortcut", new Op.PadShortcut(out, 2, out / 4), x);
    } else {
      shortcut = b.conv("downsample.0", x, Op.Conv2d.of(out, Window.square(1).stride(2)));
      shortcut = b.batchNorm("downsample.1", shortcut, Op.BatchNorm.standard());
    }
    Node sum = b.relu("relu", b.add("add", branch, shortcut));
    // A second block, with an identity shortcut: branch and addition both read its input.
    Node again = convNorm(b, "third", sum, out, Window.square(3).pad(1));
    return b.globalAvgPool("pool", b.relu("relu2", b.add("add2", again, sum)));
  }

  // The first operand of the addition is the image, which has no gradient.
  private static Graph imageShortcut(GraphBuilder b, Node in) {
    Node conv = b.conv("conv", in, Op.Conv2d.of(in.shape().dim(0), Window.square(3).pad(1)));
    return OpCases.OpCase.classifier(b, b.relu("relu", b.add("add", in, conv)));
  }

  // The convolution reads the tensor to which its own result is added.
  private static Graph oneConvBlock(GraphBuilder b, Node in, int out) {
    Node x = convNorm(b, "stem", in, out, Window.square(3).pad(1));
    for (int block = 0; block < 2; block++) {
      Node r = b.conv("conv" + block, x, Op.Conv2d.of(out, Window.square(3).pad(1)));
      r = b.batchNorm("bn" + block, r, Op.BatchNorm.standard());
      x = b.relu("relu" + block, b.add("add" + block, r, x));
    }
    return OpCases.OpCase.classifier(b, b.globalAvgPool("pool", x));
  }

  // GELU and SiLU behind whatever a convolution is computed with as one, and behind what it is not:
  // a pooling, an addition that is read twice, nothing.
  private static Graph smooth(GraphBuilder b, Node in, int out) {
    Op.Conv2d conv = Op.Conv2d.of(out, Window.square(3).pad(1));
    Node x = b.silu("silu0", b.conv("conv0", in, conv.withBias(new Initializer.Constant(0))));
    x = b.maxPool("pool1", b.conv("conv1", x, conv), Window.square(2).stride(2), false);
    x = b.gelu("gelu1", b.batchNorm("bn1", x, Op.BatchNorm.standard()));
    Node r = b.batchNorm("bn2", b.conv("conv2", x, conv), Op.BatchNorm.standard());
    r = b.add("gelu2", new Op.Gelu(Op.Gelu.Approximation.TANH), r);
    r = b.batchNorm("bn3", b.conv("conv3", r, conv), Op.BatchNorm.standard());
    x = b.silu("silu3", b.add("add3", r, x));
    r = b.batchNorm("bn4", b.conv("conv4", x, conv), Op.BatchNorm.standard());
    Node sum = b.add("add4", r, x);
    x = b.concat("concat", List.of(b.gelu("gelu4", sum), sum));
    return OpCases.OpCase.classifier(b, b.globalAvgPool("pool", x));
  }

  // The output of each addition of a pre-activation block is read twice: by the next norm and by
  // the next addition.
  private static Graph preactivation(GraphBuilder b, Node in, int out) {
    Node x = b.conv("stem", in, Op.Conv2d.of(out, Window.square(3).pad(1)));
    for (int block = 0; block < 2; block++) {
      Node r = b.relu("relu" + block, b.batchNorm("bn" + block, x, Op.BatchNorm.standard()));
      x =
          b.add(
              "add" + block,
              b.conv("conv" + block, r, Op.Conv2d.of(out, Window.square(3).pad(1))),
              x);
    }
    x = b.relu("last.relu", b.batchNorm("last.bn", x, Op.BatchNorm.standard()));
    return OpCases.OpCase.classifier(b, b.globalAvgPool("pool", x));
  }

  private static Node module(GraphBuilder b, String name, Node x, int width) {
    Node one = convNorm(b, name + ".b1", x, width + 1, Window.square(1));
    Node three = convNorm(b, name + ".b2a", x, width, Window.square(1));
    three = convNorm(b, name + ".b2b", three, width + 8, Window.of(1, 7).pad(0, 3));
    three = convNorm(b, name + ".b2c", three, width, Window.of(7, 1).pad(3, 0));
    Node pool = b.avgPool(name + ".pool", x, new Op.AvgPool(Window.square(3).pad(1), false, true));
    pool = convNorm(b, name + ".b3", pool, width / 2, Window.square(1));
    Node max = b.maxPool(name + ".max", x, Window.square(3).pad(1), true);
    return b.concat(name + ".concat", List.of(one, three, pool, max));
  }

  private static Graph inception(GraphBuilder b, Node in, int width) {
    Node x = convNorm(b, "stem", in, width, Window.square(3).stride(2));
    x = module(b, "m2", module(b, "m1", x, width), width);
    Node dropped = b.add("dropout", new Op.Dropout(0.4), b.globalAvgPool("pool", x));
    return OpCases.OpCase.classifier(b, dropped);
  }

  private static Graph auxiliary(GraphBuilder b, Node in, int width) {
    Node x = convNorm(b, "stem", in, width, Window.square(3).stride(2));
    Node first = x;
    x = convNorm(b, "second", x, width, Window.square(3).pad(1));
    Node second = x;
    x = convNorm(b, "third", x, width, Window.square(3).pad(1));
    b.output(b.linear("fc", b.flatten("flat", b.globalAvgPool("pool", x)), 5), 1);
    b.output(head(b, "aux1", first), 0.3);
    b.output(head(b, "aux2", second), 0.4);
    return b.build();
  }

  private static Node head(GraphBuilder b, String name, Node x) {
    Node pooled = b.add(name + ".pool", new Op.AdaptiveAvgPool(4, 4), x);
    Node conv = convNorm(b, name + ".conv", pooled, 8, Window.square(1));
    Node hidden =
        b.relu(name + ".relu", b.linear(name + ".fc1", b.flatten(name + ".flat", conv), 20));
    return b.linear(name + ".fc2", b.add(name + ".dropout", new Op.Dropout(0.7), hidden), 5);
  }

  private static Graph lrnStem(GraphBuilder b, Node in) {
    Initializer zero = new Initializer.Constant(0);
    Node x =
        b.relu(
            "relu1",
            b.conv(
                "conv1", in, Op.Conv2d.of(24, Window.square(7).pad(3).stride(2)).withBias(zero)));
    x = b.maxPool("pool1", x, Window.square(3).stride(2), true);
    x = b.add("norm1", new Op.LocalResponseNorm(5, 1e-2, 0.75, 1), x);
    x =
        b.relu(
            "relu2", b.conv("conv2", x, Op.Conv2d.of(48, Window.square(3).pad(1)).withBias(zero)));
    x = b.add("norm2", new Op.LocalResponseNorm(5, 1e-2, 0.75, 2), x);
    return OpCases.OpCase.classifier(b, b.maxPool("pool2", x, Window.square(3).stride(2), true));
  }

  private static Graph vggTail(GraphBuilder b, Node in, int width) {
    Initializer zero = new Initializer.Constant(0);
    Node x =
        b.relu(
            "relu",
            b.conv("conv", in, Op.Conv2d.of(width, Window.square(3).pad(1)).withBias(zero)));
    x = b.flatten("flat", b.maxPool("pool", x, Window.square(2).stride(2), false));
    x = b.add("drop1", new Op.Dropout(0.5), b.relu("relu1", b.linear("fc1", x, 48)));
    x = b.add("drop2", new Op.Dropout(0.5), b.relu("relu2", b.linear("fc2", x, 40)));
    return b.build(b.linear("fc3", x, 5));
  }

  // One output read four times, once twice by the same node; a norm and an addition that branch
  // before their ReLU.
  private static Graph fanOut(GraphBuilder b, Node in) {
    Node x = b.conv("stem", in, Op.Conv2d.of(17, Window.square(3).pad(1)));
    Node norm = b.batchNorm("bn", x, Op.BatchNorm.standard());
    Node relu = b.relu("relu", norm);
    Node twice = b.add("twice", relu, relu);
    Node sum = b.add("sum", twice, norm);
    Node after = b.relu("after", sum);
    Node square = b.add("square", new Op.Multiply(), sum, sum);
    Node small = b.add("small", new Op.Affine(0.1, 0.01), square);
    return OpCases.OpCase.classifier(b, b.concat("all", List.of(after, small, relu, x)));
  }
}
