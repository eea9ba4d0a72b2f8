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
 * Pre-activation residual networks for ImageNet (He et al. 2016, arXiv 1603.05027, section 4.3).
 *
 * <p>Parameter names, the places of the norms, the stride in the 3x3 and the classifier as a 1x1
 * convolution are those of timm's {@code resnetv2}; {@code stem=shared} is the paper's stem.
 */
final class ResNetV2 {
  private static final ModelOption STEM =
      ModelOption.choice(
          "stem",
          "what precedes the first unit: the pool alone (timm), norm and ReLU shared with that unit"
              + " (paper), or a separate norm",
          "pool",
          "shared",
          "norm");
  private static final ModelOption STRIDE =
      ModelOption.choice(
          "stride",
          "which convolution of a bottleneck strides: 3x3 timm's, 1x1 the paper's",
          "3x3",
          "1x1");
  private static final ModelOption ZERO_INIT =
      ModelOption.choice(
          "zero_init",
          "whether each block's last convolution starts at 0, as timm's does",
          "false",
          "true");

  private final Request request;
  private final GraphBuilder g;

  private ResNetV2(Request request) {
    this.request = request;
    this.g = new GraphBuilder(request.name());
  }

  static List<Entry> entries() {
    String structure = "arXiv 1603.05027, section 4.3";
    return List.of(
        entry("resnetv2_50", Published.none(structure), 3, 4, 6, 3),
        entry("resnetv2_101", Published.none(structure), 3, 4, 23, 3),
        entry(
            "resnetv2_152",
            Published.of(21.1, 5.5, "arXiv 1603.05027, Table 5 (ImageNet, 320x320 crop)"),
            3,
            8,
            36,
            3),
        entry(
            "resnetv2_200",
            Published.of(20.7, 5.3, "arXiv 1603.05027, Table 5 (ImageNet, 320x320 crop)"),
            3,
            24,
            36,
            3));
  }

  private static Entry entry(String name, Published published, int... blocks) {
    ModelInfo info =
        new ModelInfo(
            name,
            "Pre-activation ResNet",
            Shape.of(3, 224, 224),
            1000,
            published,
            List.of(STEM, STRIDE, ZERO_INIT));
    return new Entry(info, r -> new ResNetV2(r).build(blocks));
  }

  private Graph build(int[] blocks) {
    Node x =
        g.conv(
            "stem.conv",
            g.input(request.input()),
            Op.Conv2d.of(64, Window.square(7).stride(2).pad(3)));
    x = request.options().is("stem", "pool") ? x : active("stem.norm", x);
    x = g.maxPool("stem.pool", x, Window.square(3).stride(2).pad(1), false);
    for (int stage = 0; stage < blocks.length; stage++) {
      for (int i = 0; i < blocks[stage]; i++) {
        x = block("stages." + stage + ".blocks." + i, x, 64 << stage, stage > 0 && i == 0 ? 2 : 1);
      }
    }
    x = g.globalAvgPool("head.global_pool", active("norm", x));
    Op.Conv2d classifier =
        Op.Conv2d.of(request.classes(), Window.square(1))
            .withWeights(new Initializer.Normal(0.01))
            .withBias(new Initializer.Constant(0));
    return g.build(g.flatten("head.flatten", g.conv("head.fc", x, classifier)));
  }

  private Node block(String name, Node in, int planes, int stride) {
    boolean paper = request.options().is("stride", "1x1");
    boolean shared = name.equals("stages.0.blocks.0") && request.options().is("stem", "shared");
    Node active = shared ? in : active(name + ".norm1", in);
    int channels = planes * 4;
    Node x =
        g.conv(
            name + ".conv1",
            active,
            Op.Conv2d.of(planes, Window.square(1).stride(paper ? stride : 1)));
    x =
        g.conv(
            name + ".conv2",
            active(name + ".norm2", x),
            Op.Conv2d.of(planes, Window.square(3).stride(paper ? 1 : stride).pad(1)));
    Op.Conv2d last = Op.Conv2d.of(channels, Window.square(1));
    last =
        request.options().is("zero_init", "true")
            ? last.withWeights(new Initializer.Constant(0))
            : last;
    x = g.conv(name + ".conv3", active(name + ".norm3", x), last);
    boolean same = stride == 1 && in.shape().dim(0) == channels;
    Node shortcut =
        same
            ? in
            : g.conv(
                name + ".downsample.conv",
                active,
                Op.Conv2d.of(channels, Window.square(1).stride(stride)));
    return g.add(name + ".add", x, shortcut);
  }

  private Node active(String norm, Node x) {
    return g.relu(norm + ".relu", g.batchNorm(norm, x, Op.BatchNorm.standard()));
  }
}
