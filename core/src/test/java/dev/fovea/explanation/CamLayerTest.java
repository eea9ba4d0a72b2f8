package dev.fovea.explanation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.models.ModelInfo;
import dev.fovea.models.Models;
import dev.fovea.tensor.Shape;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CamLayerTest {
  /** Networks by the pattern of their names: what their last map is called, does and measures. */
  private static final List<List<String>> TABLE =
      List.of(
          // The output of the last block, after its ReLU.
          List.of("(plain|resnet)(8|14|20|32|44|56|110|1202)", "layer3\\.\\d+\\.relu2 Relu 64x8x8"),
          List.of("(plain|resnet)(18|34)", "layer4\\.[12]\\.relu Relu 512x7x7"),
          List.of("(wide_)?resnet(50|101|152|200)(_2)?", "layer4\\.2\\.relu Relu 2048x7x7"),
          List.of("resnet9", "layer3\\.residual\\.add Add 512x4x4"),
          List.of("airbench9[456]", "layers\\.3\\.activ[23] Gelu (256|384|512)x3x3"),
          // The final norm and ReLU of pre-activation networks.
          List.of("preact_resnet\\d+", "last_relu Relu (64|256)x8x8"),
          List.of("resnetv2_\\d+", "norm\\.relu Relu 2048x7x7"),
          List.of("wrn_\\d+_\\d+", "relu Relu \\d+x8x8"),
          // The last concatenation.
          List.of("googlenet(_paper)?", "inception5b Concat 1024x7x7"),
          List.of("bn_inception(_separable)?", "inception_5b_output Concat 1024x7x7"),
          List.of("bn_inception_small", "inception_5b_output Concat 272x8x8"),
          List.of("inception_v[23]", "Mixed_7c Concat 2048x8x8"),
          List.of("inception_v3_small", "Mixed_7b Concat 272x8x8"),
          // The last pooled features, before the pool that does nothing at 224 pixels.
          List.of("vgg\\d+(_bn)?", "features\\.\\d+ MaxPool 512x7x7"));

  private static final Window AROUND = Window.square(3).pad(1);

  static List<ModelInfo> networks() {
    return Models.all().stream().filter(i -> !i.name().equals("mlp")).toList();
  }

  @ParameterizedTest
  @MethodSource("networks")
  void theLayerOfEveryListedNetworkIsTheOneBeforeItsPool(ModelInfo info) {
    List<String> row =
        TABLE.stream().filter(r -> info.name().matches(r.get(0))).findFirst().orElseThrow();
    Graph graph = Models.graph(info.name());
    assertThat(CamLayer.of(graph)).asString().matches(row.get(1));
    List<String> candidates = CamLayer.candidates(graph).stream().map(Node::name).toList();
    assertThat(candidates).doesNotHaveDuplicates().endsWith(CamLayer.of(graph).name());
  }

  @Test
  void dropoutStochasticDepthAndAuxiliaryClassifiersAreNoLayers() {
    Graph graph = Models.graph("resnet20(stochastic_depth=0.2)");
    assertThat(CamLayer.of(graph).name()).isEqualTo("layer3.2.relu2");
    assertThat(CamLayer.candidates(Models.graph("googlenet")))
        .noneMatch(n -> n.name().startsWith("aux"));
  }

  @Test
  void aNetworkThatFlattensItsMapIsExplainedByThatMap() {
    GraphBuilder b = new GraphBuilder("alexnet");
    Node x = b.conv("conv", b.input(Shape.of(3, 12, 10)), Op.Conv2d.of(8, AROUND));
    x = b.add("drop", new Op.Dropout(0.5), b.relu("relu", x));
    Graph graph = b.build(b.linear("fc", b.flatten("flatten", x), 4));
    assertThat(CamLayer.of(graph).name()).isEqualTo("relu");
  }

  @Test
  void classMapsThatAreAveragedAreTheLayerOfFullyConvolutionalNetworks() {
    GraphBuilder b = new GraphBuilder("squeezenet");
    Node x = b.relu("relu", b.conv("fire", b.input(Shape.of(3, 8, 8)), Op.Conv2d.of(8, AROUND)));
    x = b.relu("relu10", b.conv("conv10", x, Op.Conv2d.of(4, Window.square(1))));
    Graph graph = b.build(b.flatten("flatten", b.globalAvgPool("pool", x)));
    assertThat(CamLayer.of(graph).name()).isEqualTo("relu10");
  }

  @Test
  void aMapThatTwoPoolsReadIsTheLayer() {
    GraphBuilder b = new GraphBuilder("two pools");
    Node x = b.relu("relu", b.conv("conv", b.input(Shape.of(3, 8, 8)), Op.Conv2d.of(8, AROUND)));
    Node mean = b.globalAvgPool("mean", x);
    Node max = b.maxPool("max", x, Window.square(8), false);
    Node both = b.concat("both", List.of(mean, max));
    Graph graph = b.build(b.linear("fc", b.flatten("flatten", both), 3));
    assertThat(CamLayer.of(graph).name()).isEqualTo("relu");
  }

  @Test
  void aMapOfOnePixelSaysNothing() {
    // At 32 pixels the last blocks of a network for 224 have one position; at 64 four.
    assertThat(CamLayer.of(Models.graph("resnet18", 10, Shape.of(3, 32, 32))))
        .asString()
        .isEqualTo("layer3.1.relu Relu 256x2x2");
    assertThat(CamLayer.of(Models.graph("resnet18", 10, Shape.of(3, 64, 64))))
        .asString()
        .isEqualTo("layer4.1.relu Relu 512x2x2");
  }

  private static Graph twoTowers() {
    GraphBuilder b = new GraphBuilder("towers");
    Node in = b.input(Shape.of(3, 8, 8));
    Node left = b.globalAvgPool("p1", b.conv("left", in, Op.Conv2d.of(4, AROUND)));
    Node right = b.globalAvgPool("p2", b.conv("right", in, Op.Conv2d.of(4, AROUND)));
    return b.build(b.linear("fc", b.flatten("flatten", b.concat("c", List.of(left, right))), 2));
  }

  @Test
  void networksWithoutSuchALayerAreRefusedWithTheLayersThatCouldBeNamed() {
    assertThatThrownBy(() -> CamLayer.of(Models.graph("mlp")))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("'mlp'")
        .hasMessageContaining("use integrated gradients, occlusion or SmoothGrad");
    assertThatThrownBy(() -> CamLayer.of(twoTowers()))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("left 4x8x8, right 4x8x8");
    assertThat(CamLayer.named(twoTowers(), "left").name()).isEqualTo("left");
  }

  @Test
  void aNamedLayerMustExistInInferenceAndHavePositions() {
    Graph graph = Models.graph("resnet20(stochastic_depth=0.2)");
    assertThat(CamLayer.named(graph, "layer2.0.relu2").shape()).isEqualTo(Shape.of(32, 16, 16));
    for (String wrong : List.of("layer9", "fc", "input", "layer1.0.stochastic_depth")) {
      assertThatThrownBy(() -> CamLayer.named(graph, wrong))
          .isInstanceOf(GraphException.class)
          .hasMessageContaining("'" + wrong + "'")
          .hasMessageContaining("layer3.2.relu2 64x8x8");
    }
  }
}
