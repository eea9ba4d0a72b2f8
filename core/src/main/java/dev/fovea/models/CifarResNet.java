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
 * Plain and residual networks of depth 6n+2 for 32x32 images (He et al. 2015, arXiv 1512.03385,
 * section 4.2): a 3x3 convolution and three stages of n basic blocks with 16, 32 and 64 channels,
 * or with {@code width}, twice and four times as many.
 *
 * <p>Parameter names, initial weights and the placement of option A's zero channels (half of the
 * added channels on each side) are those of github.com/akamaster/pytorch_resnet_cifar10, without
 * its prefix {@code module.}.
 */
final class CifarResNet {
  private static final String PAPER = "arXiv 1512.03385, Table 6 (CIFAR-10, one view)";
  private static final String SHALLOW = "arXiv 1512.03385, section 4.2, with fewer blocks";
  private static final ModelOption SHORTCUT =
      ModelOption.choice(
          "shortcut",
          "where shapes change: A zero channels, B 1x1 convolution; C 1x1 convolution in every"
              + " block",
          "A",
          "B",
          "C");

  private static final String WIDTH_OPTION = "width";
  private static final int WIDEST = 256;
  private static final ModelOption WIDTH =
      ModelOption.number(
          WIDTH_OPTION,
          "16",
          "channels of the first stage; the next two have twice and four times as many");

  private CifarResNet() {}

  static List<Entry> entries() {
    List<Entry> entries = new ArrayList<>();
    entries.add(residual(8, Published.none(SHALLOW)));
    entries.add(residual(14, Published.none(SHALLOW)));
    entries.add(residual(20, Published.of(8.75, PAPER)));
    entries.add(residual(32, Published.of(7.51, PAPER)));
    entries.add(residual(44, Published.of(7.17, PAPER)));
    entries.add(residual(56, Published.of(6.97, PAPER)));
    entries.add(residual(110, Published.of(6.43, PAPER + ", best of 5")));
    entries.add(residual(1202, Published.of(7.93, PAPER)));
    for (int depth : new int[] {8, 14, 20, 32, 44, 56, 110}) {
      String source = depth < 20 ? SHALLOW : "arXiv 1512.03385, section 4.2; errors as curves only";
      ModelInfo info =
          new ModelInfo(
              "plain" + depth,
              "Plain CIFAR",
              Shape.of(3, 32, 32),
              10,
              Published.none(source),
              List.of(WIDTH));
      entries.add(new Entry(info, r -> build(r, depth, "none")));
    }
    return entries;
  }

  private static Entry residual(int depth, Published published) {
    ModelInfo info =
        new ModelInfo(
            "resnet" + depth,
            "CIFAR ResNet",
            Shape.of(3, 32, 32),
            10,
            published,
            List.of(SHORTCUT, WIDTH));
    return new Entry(info, r -> build(r, depth, r.options().text("shortcut")));
  }

  private static Graph build(Request request, int depth, String shortcut) {
    GraphBuilder g = new GraphBuilder(request.name());
    int width = request.count(WIDTH_OPTION, WIDEST);
    Node x = conv(g, "conv1", g.input(request.input()), width, Window.square(3).pad(1));
    x = g.relu("relu", g.batchNorm("bn1", x, Op.BatchNorm.standard()));
    int blocks = (depth - 2) / 6;
    for (int stage = 1; stage <= 3; stage++) {
      for (int i = 0; i < blocks; i++) {
        int stride = stage > 1 && i == 0 ? 2 : 1;
        x = block(g, "layer" + stage + "." + i, x, width << (stage - 1), stride, shortcut);
      }
    }
    x = g.flatten("flatten", g.globalAvgPool("avgpool", x));
    int features = x.shape().dim(0);
    return g.build(
        g.add(
            "linear",
            new Op.Linear(
                request.classes(),
                true,
                new Initializer.HeNormal(Fan.IN),
                new Initializer.PyTorchDefault(features)),
            x));
  }

  private static Node block(
      GraphBuilder g, String name, Node in, int channels, int stride, String shortcut) {
    Node x = conv(g, name + ".conv1", in, channels, Window.square(3).stride(stride).pad(1));
    x = g.relu(name + ".relu1", g.batchNorm(name + ".bn1", x, Op.BatchNorm.standard()));
    x = conv(g, name + ".conv2", x, channels, Window.square(3).pad(1));
    x = g.batchNorm(name + ".bn2", x, Op.BatchNorm.standard());
    if (!shortcut.equals("none")) {
      x = g.add(name + ".add", x, shortcut(g, name + ".shortcut", in, channels, stride, shortcut));
    }
    return g.relu(name + ".relu2", x);
  }

  private static Node shortcut(
      GraphBuilder g, String name, Node in, int channels, int stride, String option) {
    boolean same = stride == 1 && in.shape().dim(0) == channels;
    if (same && !option.equals("C")) {
      return in;
    }
    if (option.equals("A")) {
      return g.add(
          name, new Op.PadShortcut(channels, stride, (channels - in.shape().dim(0)) / 2), in);
    }
    Node x = conv(g, name + ".0", in, channels, Window.square(1).stride(stride));
    return g.batchNorm(name + ".1", x, Op.BatchNorm.standard());
  }

  private static Node conv(GraphBuilder g, String name, Node x, int channels, Window window) {
    return g.conv(
        name, x, Op.Conv2d.of(channels, window).withWeights(new Initializer.HeNormal(Fan.IN)));
  }
}
