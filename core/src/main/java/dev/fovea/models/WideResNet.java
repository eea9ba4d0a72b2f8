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
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Wide residual networks WRN-d-k for 32x32 images (Zagoruyko and Komodakis 2016, arXiv 1605.07146,
 * Table 1): pre-activation blocks of two 3x3 convolutions, three groups of N = (d - 4) / 6 blocks
 * with 16k, 32k and 64k channels.
 *
 * <p>Parameter names are those of the authors' PyTorch port, except that its convolution weights
 * lack the suffix {@code .weight}; initial weights are those of their Lua code. Any k and d = 6N+4
 * are accepted; only common ones are listed.
 */
final class WideResNet {
  private static final String TABLE_4 = "arXiv 1605.07146, Table 4 (CIFAR-10, ZCA whitening)";
  private static final String TABLE_5 = "arXiv 1605.07146, Table 5 (CIFAR-10, mean and std)";
  private static final String TABLE_6 = "arXiv 1605.07146, Table 6 (CIFAR-10)";
  private static final Pattern NAME = Pattern.compile("wrn_([1-9][0-9]{0,3})_([1-9][0-9]{0,2})");
  private static final ModelOption DROPOUT =
      ModelOption.number(
          "dropout",
          "0",
          "dropout between the convolutions of a block; the paper uses 0.3 on CIFAR, 0.4 on SVHN");

  private WideResNet() {}

  static List<Entry> entries() {
    return List.of(
        entry(16, 1, Published.none("arXiv 1605.07146, Table 1")),
        entry(16, 2, Published.none("arXiv 1605.07146, Table 1")),
        entry(16, 4, Published.of(5.02, TABLE_6)),
        entry(16, 8, Published.of(4.27, TABLE_5)),
        entry(16, 10, Published.of(4.56, TABLE_4)),
        entry(22, 8, Published.of(4.38, TABLE_4)),
        entry(22, 10, Published.of(4.44, TABLE_4)),
        entry(28, 2, Published.of(5.73, "arXiv 1605.07146, Table 2 (CIFAR-10)")),
        entry(28, 10, Published.of(4.00, TABLE_5)),
        entry(28, 12, Published.of(4.33, TABLE_4)),
        entry(40, 1, Published.of(6.85, TABLE_4)),
        entry(40, 2, Published.of(5.33, TABLE_4)),
        entry(40, 4, Published.of(4.53, TABLE_5)),
        entry(40, 8, Published.of(4.66, TABLE_4)),
        entry(40, 10, Published.of(3.8, "arXiv 1605.07146, Table 9 (CIFAR-10, dropout)")),
        entry(52, 1, Published.of(6.43, TABLE_6)));
  }

  /**
   * The entry for an unlisted name, if it has the form of a WRN-d-k.
   *
   * @throws ModelException if it does but its depth is not 6N+4
   */
  static Optional<Entry> entry(String name) {
    Matcher m = NAME.matcher(name);
    if (!m.matches()) {
      return Optional.empty();
    }
    int depth = Integer.parseInt(m.group(1));
    if (depth < 10 || depth % 6 != 4) {
      int below = Math.max(10, depth - Math.floorMod(depth - 4, 6));
      throw new ModelException(
          "there is no model '"
              + name
              + "': the depth of a wide ResNet is 6N+4; did you mean wrn_"
              + below
              + "_"
              + m.group(2)
              + " or wrn_"
              + (below + 6)
              + "_"
              + m.group(2)
              + "?");
    }
    return Optional.of(
        entry(depth, Integer.parseInt(m.group(2)), Published.none("arXiv 1605.07146, Table 1")));
  }

  private static Entry entry(int depth, int k, Published published) {
    ModelInfo info =
        new ModelInfo(
            "wrn_" + depth + "_" + k,
            "Wide ResNet",
            Shape.of(3, 32, 32),
            10,
            published,
            List.of(DROPOUT));
    return new Entry(info, r -> build(r, (depth - 4) / 6, k));
  }

  private static Graph build(Request request, int blocks, int k) {
    GraphBuilder g = new GraphBuilder(request.name());
    double dropout = request.options().number("dropout");
    Node x = conv(g, "conv0", g.input(request.input()), 16, Window.square(3).pad(1));
    for (int group = 0; group < 3; group++) {
      for (int i = 0; i < blocks; i++) {
        String name = "group" + group + ".block" + i;
        x =
            block(
                g,
                name,
                x,
                Math.multiplyExact(16 << group, k),
                group > 0 && i == 0 ? 2 : 1,
                dropout);
      }
    }
    x = g.relu("relu", g.batchNorm("bn", x, Op.BatchNorm.standard()));
    x = g.flatten("flatten", g.globalAvgPool("avgpool", x));
    Initializer weights = new Initializer.PyTorchDefault(x.shape().dim(0));
    return g.build(
        g.add(
            "fc", new Op.Linear(request.classes(), true, weights, new Initializer.Constant(0)), x));
  }

  private static Node block(
      GraphBuilder g, String name, Node in, int channels, int stride, double dropout) {
    Node active = g.relu(name + ".relu0", g.batchNorm(name + ".bn0", in, Op.BatchNorm.standard()));
    Node x = conv(g, name + ".conv0", active, channels, Window.square(3).stride(stride).pad(1));
    x = g.relu(name + ".relu1", g.batchNorm(name + ".bn1", x, Op.BatchNorm.standard()));
    x = dropout == 0 ? x : g.add(name + ".dropout", new Op.Dropout(dropout), x);
    x = conv(g, name + ".conv1", x, channels, Window.square(3).pad(1));
    boolean same = in.shape().dim(0) == channels && stride == 1;
    Node shortcut =
        same ? in : conv(g, name + ".convdim", active, channels, Window.square(1).stride(stride));
    return g.add(name + ".add", x, shortcut);
  }

  private static Node conv(GraphBuilder g, String name, Node x, int channels, Window window) {
    return g.conv(
        name, x, Op.Conv2d.of(channels, window).withWeights(new Initializer.HeNormal(Fan.IN)));
  }
}
