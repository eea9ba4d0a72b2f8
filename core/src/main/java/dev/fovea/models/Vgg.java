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
 * VGG networks (Simonyan and Zisserman 2014, arXiv 1409.1556, configurations D and E), the baseline
 * for cost in the other papers. Parameter names and initial weights are torchvision's.
 */
final class Vgg {
  private static final ModelOption DROPOUT =
      ModelOption.number("dropout", "0.5", "dropout before the second and third linear layer");

  private Vgg() {}

  static List<Entry> entries() {
    return List.of(
        entry(
            "vgg16",
            3,
            false,
            Published.of(28.07, 9.33, "arXiv 1512.03385, Table 3 (ImageNet, 10-crop)")),
        entry(
            "vgg16_bn",
            3,
            true,
            Published.of(26.64, 8.484, "torchvision IMAGENET1K_V1 (single crop)")),
        entry(
            "vgg19",
            4,
            false,
            Published.of(27.624, 9.124, "torchvision IMAGENET1K_V1 (single crop)")),
        entry(
            "vgg19_bn",
            4,
            true,
            Published.of(25.782, 8.158, "torchvision IMAGENET1K_V1 (single crop)")));
  }

  private static Entry entry(String name, int deep, boolean norm, Published published) {
    ModelInfo info =
        new ModelInfo(name, "VGG", Shape.of(3, 224, 224), 1000, published, List.of(DROPOUT));
    return new Entry(info, r -> build(r, deep, norm));
  }

  /** Two stages of two convolutions, then three of {@code deep}. */
  private static Graph build(Request request, int deep, boolean norm) {
    GraphBuilder g = new GraphBuilder(request.name());
    Node x = g.input(request.input());
    int index = 0;
    int[] convolutions = {2, 2, deep, deep, deep};
    for (int stage = 0; stage < convolutions.length; stage++) {
      for (int i = 0; i < convolutions[stage]; i++) {
        int channels = Math.min(512, 64 << stage);
        x =
            g.conv(
                "features." + index++,
                x,
                Op.Conv2d.of(channels, Window.square(3).pad(1))
                    .withBias(new Initializer.Constant(0)));
        x = norm ? g.batchNorm("features." + index++, x, Op.BatchNorm.standard()) : x;
        x = g.relu("features." + index++, x);
      }
      x = g.maxPool("features." + index++, x, Window.square(2).stride(2), false);
    }
    x = g.flatten("flatten", g.add("avgpool", new Op.AdaptiveAvgPool(7, 7), x));
    double dropout = request.options().number("dropout");
    for (int layer = 0; layer < 6; layer += 3) {
      x = g.relu("classifier." + (layer + 1), linear(g, "classifier." + layer, x, 4096));
      x = dropout == 0 ? x : g.add("classifier." + (layer + 2), new Op.Dropout(dropout), x);
    }
    return g.build(linear(g, "classifier.6", x, request.classes()));
  }

  private static Node linear(GraphBuilder g, String name, Node x, int features) {
    return g.add(
        name,
        new Op.Linear(features, true, new Initializer.Normal(0.01), new Initializer.Constant(0)),
        x);
  }
}
