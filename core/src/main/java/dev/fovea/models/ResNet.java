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
 * Residual networks for ImageNet (He et al. 2015, arXiv 1512.03385, Table 1), their plain
 * counterparts, and the wide bottleneck networks (arXiv 1605.07146, Table 8).
 *
 * <p>Parameter names and initial weights are torchvision's. A bottleneck strides in its 3x3
 * convolution as torchvision's does; {@code stride=1x1} gives the paper's. Option A appends its
 * zero channels at the end, as facebookarchive/fb.resnet.torch does.
 */
final class ResNet {
  private static final String TEN_CROP = "arXiv 1512.03385, Table 3 (ImageNet, 10-crop)";
  private static final Published RESNET_200 =
      Published.of(21.8, 6.0, "arXiv 1603.05027, Table 5 (ImageNet, 320x320 crop)");

  private static final ModelOption SHORTCUT =
      ModelOption.choice(
          "shortcut",
          "where shapes change: B 1x1 convolution, A zero channels; C 1x1 convolution in every"
              + " block",
          "B",
          "A",
          "C");
  private static final ModelOption STRIDE =
      ModelOption.choice(
          "stride",
          "which convolution of a bottleneck strides: 3x3 torchvision's, 1x1 the paper's",
          "3x3",
          "1x1");
  private static final ModelOption WIDTH =
      ModelOption.number(
          "width",
          "1",
          "channels of the four stages as a multiple of the published (arXiv 1605.07146, Table 7:"
              + " 1.5, 2, 3)");
  private static final ModelOption ZERO_INIT =
      ModelOption.choice(
          "zero_init", "whether each block's last batch norm starts with scale 0", "false", "true");

  private static final int MAX_WIDTH = 16;

  /**
   * The structure of one network.
   *
   * @param blocks number of blocks in each of the four stages
   * @param expansion output channels of a block per inner channel at width 1: 1 in basic blocks, 4
   *     in bottlenecks
   * @param width inner channels of a bottleneck as a multiple of the original 64, 128, 256, 512
   */
  private record Plan(int[] blocks, int expansion, int width, boolean residual) {
    static Plan basic(int... blocks) {
      return new Plan(blocks, 1, 1, true);
    }

    static Plan bottleneck(int... blocks) {
      return new Plan(blocks, 4, 1, true);
    }

    static Plan plain(int... blocks) {
      return new Plan(blocks, 1, 1, false);
    }

    Plan wide(int width) {
      return new Plan(blocks, expansion, width, residual);
    }
  }

  private final Request request;
  private final Plan plan;
  private final GraphBuilder g;

  private ResNet(Request request, Plan plan) {
    this.request = request;
    this.plan = plan;
    this.g = new GraphBuilder(request.name());
  }

  static List<Entry> entries() {
    return List.of(
        entry(
            "resnet18",
            Plan.basic(2, 2, 2, 2),
            Published.of(27.88, "arXiv 1512.03385, Table 2 (ImageNet, 10-crop, option A)")),
        entry("resnet34", Plan.basic(3, 4, 6, 3), Published.of(24.52, 7.46, TEN_CROP)),
        entry("resnet50", Plan.bottleneck(3, 4, 6, 3), Published.of(22.85, 6.71, TEN_CROP)),
        entry("resnet101", Plan.bottleneck(3, 4, 23, 3), Published.of(21.75, 6.05, TEN_CROP)),
        entry("resnet152", Plan.bottleneck(3, 8, 36, 3), Published.of(21.43, 5.71, TEN_CROP)),
        entry("resnet200", Plan.bottleneck(3, 24, 36, 3), RESNET_200),
        entry(
            "wide_resnet50_2",
            Plan.bottleneck(3, 4, 6, 3).wide(2),
            Published.of(21.9, 6.03, "arXiv 1605.07146, Table 8 (ImageNet, single crop)")),
        entry(
            "wide_resnet101_2",
            Plan.bottleneck(3, 4, 23, 3).wide(2),
            Published.of(21.152, 5.716, "torchvision IMAGENET1K_V1 (single crop)")),
        entry(
            "plain18",
            Plan.plain(2, 2, 2, 2),
            Published.of(27.94, "arXiv 1512.03385, Table 2 (ImageNet, 10-crop)")),
        entry("plain34", Plan.plain(3, 4, 6, 3), Published.of(28.54, 10.02, TEN_CROP)));
  }

  private static Entry entry(String name, Plan plan, Published published) {
    List<ModelOption> options =
        !plan.residual()
            ? List.of()
            : plan.expansion() == 1
                ? List.of(SHORTCUT, WIDTH, ZERO_INIT)
                : List.of(SHORTCUT, STRIDE, ZERO_INIT);
    String family = plan.residual() ? plan.width() > 1 ? "Wide ResNet" : "ResNet" : "Plain";
    return new Entry(
        new ModelInfo(name, family, Shape.of(3, 224, 224), 1000, published, options),
        r -> new ResNet(r, plan).build());
  }

  private Graph build() {
    Node x =
        g.conv(
            "conv1", g.input(request.input()), Op.Conv2d.of(64, Window.square(7).stride(2).pad(3)));
    x = g.relu("relu", g.batchNorm("bn1", x, Op.BatchNorm.standard()));
    x = g.maxPool("maxpool", x, Window.square(3).stride(2).pad(1), false);
    for (int stage = 1; stage <= 4; stage++) {
      for (int i = 0; i < plan.blocks()[stage - 1]; i++) {
        int stride = stage > 1 && i == 0 ? 2 : 1;
        x = block("layer" + stage + "." + i, x, planes(stage), stride);
      }
    }
    x = g.flatten("flatten", g.globalAvgPool("avgpool", x));
    return g.build(g.linear("fc", x, request.classes()));
  }

  private int planes(int stage) {
    double width = plan.residual() && plan.expansion() == 1 ? request.options().number("width") : 1;
    if (!(width > 0 && width <= MAX_WIDTH)) {
      throw new ModelException(
          "model '"
              + request.name()
              + "': option width must be above 0 and at most "
              + MAX_WIDTH
              + ", got "
              + width);
    }
    return (int) Math.ceil(width * (32 << stage));
  }

  private Node block(String name, Node in, int planes, int stride) {
    Node x =
        plan.expansion() == 1
            ? basic(name, in, planes, stride)
            : bottleneck(name, in, planes, stride);
    if (plan.residual()) {
      x =
          g.add(
              name + ".add",
              x,
              shortcut(name + ".downsample", in, planes * plan.expansion(), stride));
    }
    return g.relu(name + ".relu", x);
  }

  private Node basic(String name, Node in, int planes, int stride) {
    Node x =
        g.conv(name + ".conv1", in, Op.Conv2d.of(planes, Window.square(3).stride(stride).pad(1)));
    x = g.relu(name + ".relu1", g.batchNorm(name + ".bn1", x, Op.BatchNorm.standard()));
    x = g.conv(name + ".conv2", x, Op.Conv2d.of(planes, Window.square(3).pad(1)));
    return g.batchNorm(name + ".bn2", x, lastNorm());
  }

  private Node bottleneck(String name, Node in, int planes, int stride) {
    boolean paper = request.options().is("stride", "1x1");
    int inner = planes * plan.width();
    Node x =
        g.conv(
            name + ".conv1", in, Op.Conv2d.of(inner, Window.square(1).stride(paper ? stride : 1)));
    x = g.relu(name + ".relu1", g.batchNorm(name + ".bn1", x, Op.BatchNorm.standard()));
    x =
        g.conv(
            name + ".conv2",
            x,
            Op.Conv2d.of(inner, Window.square(3).stride(paper ? 1 : stride).pad(1)));
    x = g.relu(name + ".relu2", g.batchNorm(name + ".bn2", x, Op.BatchNorm.standard()));
    x = g.conv(name + ".conv3", x, Op.Conv2d.of(planes * plan.expansion(), Window.square(1)));
    return g.batchNorm(name + ".bn3", x, lastNorm());
  }

  private Op.BatchNorm lastNorm() {
    boolean zero = plan.residual() && request.options().is("zero_init", "true");
    return zero
        ? new Op.BatchNorm(1e-5, 0.1, new Initializer.Constant(0))
        : Op.BatchNorm.standard();
  }

  private Node shortcut(String name, Node in, int channels, int stride) {
    String option = request.options().text("shortcut");
    boolean same = stride == 1 && in.shape().dim(0) == channels;
    if (same && !option.equals("C")) {
      return in;
    }
    if (option.equals("A")) {
      return g.add(name, new Op.PadShortcut(channels, stride, 0), in);
    }
    Node x = g.conv(name + ".0", in, Op.Conv2d.of(channels, Window.square(1).stride(stride)));
    return g.batchNorm(name + ".1", x, Op.BatchNorm.standard());
  }
}
