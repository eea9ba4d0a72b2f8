package dev.fovea.study.claims;

import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.study.Series;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.List;

/**
 * A plain network for 32x32 images, in which a design principle can be kept or broken with nothing
 * else changed: a 3x3 convolution, three stages of convolutions on grids of 32, 16 and 8 cells,
 * global average pooling and a classifier. Every convolution is followed by batch norm and ReLU,
 * and the first one of the second and third stage has stride 2.
 *
 * @param widths channels of the three stages
 * @param depth convolutions per stage
 * @param window side of their windows
 * @param part if above 1, a 1x1 convolution before each of them reduces its input to this part of
 *     its channels
 * @param bottleneck where a 1x1 convolution squeezes the representation
 */
record StagedNetwork(List<Integer> widths, int depth, int window, int part, Bottleneck bottleneck) {
  private static final int GRID = 32;
  private static final int CLASSES = 10;

  /** A 1x1 convolution before the second convolution of a stage. */
  record Bottleneck(int stage, int channels) {
    static final Bottleneck NONE = new Bottleneck(-1, 0);
  }

  StagedNetwork {
    widths = List.copyOf(widths);
  }

  /** A network with 3x3 windows. */
  static StagedNetwork of(int depth, int first, int second, int third) {
    return new StagedNetwork(List.of(first, second, third), depth, 3, 1, Bottleneck.NONE);
  }

  /** The same with square windows of this side. */
  StagedNetwork windows(int side) {
    return new StagedNetwork(widths, depth, side, part, bottleneck);
  }

  /** The same, reducing channels before every aggregation. */
  StagedNetwork reducing(int to) {
    return new StagedNetwork(widths, depth, window, to, bottleneck);
  }

  /** The same, squeezed to a few channels within a stage; stages count from 0. */
  StagedNetwork squeezed(int stage, int channels) {
    return new StagedNetwork(widths, depth, window, part, new Bottleneck(stage, channels));
  }

  /** The same with all channels times a factor. */
  StagedNetwork times(int factor) {
    return new StagedNetwork(
        widths.stream().map(w -> w * factor).toList(),
        depth,
        window,
        part,
        new Bottleneck(bottleneck.stage(), bottleneck.channels() * factor));
  }

  /** Returns the network as a text that every command and configuration takes as a model. */
  String spec() {
    return Models.spec(graph());
  }

  Cost cost() {
    return Cost.of(graph());
  }

  /** Returns the values of the representation after each convolution, from the input on. */
  List<Series.Point> representations() {
    List<Series.Point> sizes = new ArrayList<>();
    for (Node n : graph().nodes()) {
      if (n.op() instanceof Op.Input || n.op() instanceof Op.Relu) {
        sizes.add(new Series.Point(sizes.size(), n.shape().elements()));
      }
    }
    return sizes;
  }

  private Graph graph() {
    GraphBuilder g = new GraphBuilder("staged");
    Node x = conv(g, "stem", g.input(Shape.of(3, GRID, GRID)), widths.get(0), around(3));
    for (int stage = 0; stage < widths.size(); stage++) {
      for (int i = 0; i < depth; i++) {
        String name = "stage" + stage + "." + i;
        if (stage == bottleneck.stage() && i == 1) {
          x = conv(g, name + ".bottleneck", x, bottleneck.channels(), around(1));
        }
        if (part > 1) {
          x = conv(g, name + ".reduce", x, x.shape().dim(0) / part, around(1));
        }
        Window each = around(window).stride(stage > 0 && i == 0 ? 2 : 1);
        x = conv(g, name, x, widths.get(stage), each);
      }
    }
    return g.build(g.linear("fc", g.flatten("flatten", g.globalAvgPool("pool", x)), CLASSES));
  }

  private static Window around(int side) {
    return Window.square(side).pad(side / 2);
  }

  private static Node conv(GraphBuilder g, String name, Node x, int channels, Window window) {
    Op.Conv2d op =
        Op.Conv2d.of(channels, window).withWeights(new Initializer.HeNormal(Initializer.Fan.OUT));
    Op.BatchNorm norm = new Op.BatchNorm(1e-5, 0.1, new Initializer.Constant(1));
    return g.relu(name + ".relu", g.batchNorm(name + ".bn", g.conv(name, x, op), norm));
  }
}
