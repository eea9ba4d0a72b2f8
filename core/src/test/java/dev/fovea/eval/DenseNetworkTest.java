package dev.fovea.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.data.Offset.offset;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.Window;
import dev.fovea.models.ModelInfo;
import dev.fovea.models.Models;
import dev.fovea.reference.ReferenceProgram;
import dev.fovea.tensor.Shape;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class DenseNetworkTest {
  private static final int SIDE = 4;
  private static final int CLASSES = 3;

  /** A network whose cells see no neighbours' padding, so that windows can be cut by hand. */
  private static Graph pointwise() {
    GraphBuilder g = new GraphBuilder("pointwise");
    Node x = g.input(Shape.of(2, SIDE, SIDE));
    x = g.relu("relu", g.conv("conv", x, Op.Conv2d.of(5, Window.square(1))));
    x = g.flatten("flatten", g.globalAvgPool("pool", x));
    return g.build(g.linear("fc", x, CLASSES));
  }

  private static Map<String, double[]> parameters(Graph graph) {
    Random random = new Random(3);
    Map<String, double[]> all = new HashMap<>();
    for (ParamSpec p : graph.params()) {
      boolean variance = p.name().endsWith("running_var");
      all.put(
          p.name(),
          random.doubles(p.shape().elements()).map(v -> variance ? v + 0.5 : v - 0.4).toArray());
    }
    return all;
  }

  private static double[] images(int elements) {
    return new Random(4).doubles(elements, -1, 1).toArray();
  }

  @Test
  void scoresAreTheMeanOverAllWindowsOfTheTrainedSize() {
    Graph graph = pointwise();
    Map<String, double[]> weights = parameters(graph);
    int height = 6;
    int width = 7;
    double[] image = images(2 * height * width);
    double[] mean = new double[CLASSES];
    int windows = (height - SIDE + 1) * (width - SIDE + 1);
    for (int top = 0; top + SIDE <= height; top++) {
      for (int left = 0; left + SIDE <= width; left++) {
        double[] crop = new double[2 * SIDE * SIDE];
        for (int i = 0; i < crop.length; i++) {
          int row = i / SIDE % SIDE + top + i / SIDE / SIDE * height;
          crop[i] = image[row * width + left + i % SIDE];
        }
        double[] logits = ReferenceProgram.infer(graph, weights, crop);
        for (int k = 0; k < CLASSES; k++) {
          mean[k] += logits[k] / windows;
        }
      }
    }
    Graph dense = new DenseNetwork(graph).at(height, width);
    assertThat(dense.params()).isEqualTo(graph.params());
    assertThat(ReferenceProgram.infer(dense, weights, image)).containsExactly(mean, offset(1e-12));
  }

  @Test
  void atItsOwnSizeANetworkIsWhatItWas() {
    Graph graph = Models.graph("resnet20", 10, Shape.of(3, 16, 16));
    Map<String, double[]> weights = parameters(graph);
    double[] image = images(3 * 16 * 16);
    assertThat(ReferenceProgram.infer(new DenseNetwork(graph).at(16, 16), weights, image))
        .containsExactly(ReferenceProgram.infer(graph, weights, image), offset(1e-12));
  }

  static Stream<ModelInfo> networks() {
    return Models.all().stream();
  }

  @ParameterizedTest
  @MethodSource("networks")
  void everyNetworkWithAGlobalMeanTakesThePapersScales(ModelInfo info) {
    Graph graph = Models.graph(info.name());
    if (graph.nodes().stream().noneMatch(n -> n.op() instanceof Op.GlobalAvgPool)) {
      assertThatThrownBy(() -> new DenseNetwork(graph))
          .isInstanceOf(GraphException.class)
          .hasMessageContaining("densely");
      return;
    }
    DenseNetwork dense = new DenseNetwork(graph);
    int own = graph.inputShape().dim(1);
    for (int scale : Protocol.Dense.SCALES) {
      int side = (int) Math.round(scale / 224.0 * own / dense.stride()) * dense.stride();
      Graph at = dense.at(side, side);
      assertThat(at.params()).isEqualTo(graph.withoutAuxiliary().params());
      assertThat(at.classes()).isEqualTo(graph.classes());
    }
  }

  @Test
  void stridesAreThoseOfTheFamilies() {
    assertThat(new DenseNetwork(Models.graph("resnet20")).stride()).isEqualTo(4);
    assertThat(new DenseNetwork(Models.graph("resnet50")).stride()).isEqualTo(32);
    assertThat(new DenseNetwork(Models.graph("inception_v3")).stride()).isEqualTo(1);
  }
}
