package dev.fovea.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.GoldenFile;
import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphException;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.tensor.Shape;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FamiliesTest {

  @ParameterizedTest
  @CsvSource({
    "googlenet, 305",
    "googlenet(aux=false), 287",
    "inception_v3, 484",
    "inception_v3(aux=false), 472",
    "bn_inception, 416"
  })
  void hasAsManyTensorsAsThePublicFile(String spec, int tensors) {
    assertThat(Models.graph(spec).params()).hasSize(tensors);
  }

  @ParameterizedTest
  @CsvSource({
    "inception_3a, 219552, 170999808", "inception_3b, 260704, 203112448",
        "inception_3c, 385632, 143904768",
    "inception_4a, 610848, 119218176", "inception_4b, 666240, 130056192",
        "inception_4c, 915456, 178827264",
    "inception_4d, 1144000, 223584256", "inception_4e, 1451008, 164577280",
        "inception_5a, 2210496, 108079104",
    "inception_5b, 2281248, 111541248"
  })
  void everyModuleOfBnInceptionCostsWhatTheTablesSay(
      String module, long parameters, long multiplyAdds) {
    assertThat(costOf(Models.graph("bn_inception"), module + "_"))
        .isEqualTo(new Cost(parameters, multiplyAdds));
  }

  @ParameterizedTest
  @CsvSource({
    "3a, 163696, 128049152",
    "3b, 388736, 304267264",
    "4a, 376176, 73608192",
    "4b, 449160, 87908352",
    "4c, 510104, 99850240",
    "4d, 605376, 118515712",
    "4e, 868352, 169996288",
    "5a, 1043456, 51079168",
    "5b, 1444080, 70697984"
  })
  void everyModuleOfThePapersGoogLeNetCostsWhatItsTableSays(
      String module, long parameters, long multiplyAdds) {
    assertThat(costOf(Models.graph("googlenet_paper"), "inception" + module + "."))
        .isEqualTo(new Cost(parameters, multiplyAdds));
  }

  @ParameterizedTest
  @CsvSource({
    "Mixed_5b, 255904, 312345600", "Mixed_5c, 277472, 338688000", "Mixed_5d, 285152, 348096000",
        "Mixed_6a, 1153280, 401937408",
    "Mixed_6b, 1297408, 374063104", "Mixed_6c, 1691008, 487702528", "Mixed_6e, 2141952, 617914368",
        "Mixed_7a, 1698304, 291004416",
    "Mixed_7b, 5044608, 322437120", "Mixed_7c, 6076800, 388497408", "AuxLogits, 3326696, 5683200"
  })
  void everyModuleOfInceptionV3CostsWhatTorchvisionsDoes(
      String module, long parameters, long multiplyAdds) {
    assertThat(costOf(Models.graph("inception_v3"), module + "."))
        .isEqualTo(new Cost(parameters, multiplyAdds));
  }

  @Test
  void inceptionV2MeetsThePrintedGridsAndChannels() {
    Graph g = Models.graph("inception_v2");
    assertThat(
            shapes(g, "Conv2d_1a_3x3.conv", "Conv2d_2a_3x3.conv", "Conv2d_2b_3x3.conv", "maxpool1"))
        .containsExactly(
            Shape.of(32, 149, 149),
            Shape.of(32, 147, 147),
            Shape.of(64, 147, 147),
            Shape.of(64, 73, 73));
    assertThat(shapes(g, "Conv2d_3b_3x3.conv", "Conv2d_4a_3x3.conv", "Conv2d_4b_3x3.conv"))
        .containsExactly(Shape.of(80, 71, 71), Shape.of(192, 35, 35), Shape.of(288, 35, 35));
    assertThat(shapes(g, "Mixed_5c", "Mixed_6a", "Mixed_6e", "Mixed_7a", "Mixed_7c"))
        .containsExactly(
            Shape.of(288, 35, 35),
            Shape.of(768, 17, 17),
            Shape.of(768, 17, 17),
            Shape.of(1280, 8, 8),
            Shape.of(2048, 8, 8));
  }

  @Test
  void auxiliaryClassifiersWeighAsInThePapersAndVanishInInference() {
    Graph google = Models.graph("googlenet", 10);
    assertThat(google.outputs())
        .extracting(Graph.Output::lossWeight)
        .containsExactly(1.0, 0.3, 0.3);
    assertThat(Models.graph("googlenet_paper", 10).outputs())
        .extracting(Graph.Output::lossWeight)
        .containsExactly(1.0, 0.3, 0.3);
    assertThat(Models.graph("inception_v3", 10).outputs())
        .extracting(Graph.Output::lossWeight)
        .containsExactly(1.0, 0.4);
    assertThat(google.withoutAuxiliary().params())
        .isEqualTo(Models.graph("googlenet(aux=false)", 10).params());
  }

  @Test
  void dropoutOfZeroIsNoNode() {
    for (String spec :
        List.of(
            "googlenet(dropout=0,aux_dropout=0)",
            "googlenet_paper(dropout=0,aux_dropout=0)",
            "inception_v3(dropout=0)",
            "vgg16(dropout=0)",
            "wrn_16_1",
            "bn_inception")) {
      assertThat(Models.graph(spec).nodes())
          .extracting(Node::op)
          .noneMatch(Op.Dropout.class::isInstance);
    }
    assertThat(Models.graph("wrn_16_1(dropout=0.3)").nodes())
        .extracting(Node::op)
        .contains(new Op.Dropout(0.3))
        .filteredOn(Op.Dropout.class::isInstance)
        .hasSize(6);
    assertThatThrownBy(() -> Models.graph("wrn_16_1(dropout=1)"))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("group0.block0.dropout");
  }

  @Test
  void gatesStartAtTheBiasTheyAreGiven() {
    Graph g = Models.graph("preact_resnet20(order=original,skip=gate,gate_bias=-7)");
    ParamSpec bias =
        g.params().stream()
            .filter(p -> p.name().equals("layer1.0.gate.bias"))
            .findFirst()
            .orElseThrow();
    assertThat(bias.initialValues(1)).containsOnly(-7);
    assertThat(g.name()).isEqualTo("preact_resnet20(order=original,skip=gate,gate_bias=-7)");
  }

  @Test
  void aRandomShortcutIsOptionCsConvolutionInEveryUnitWithWeightsThatStay() {
    Graph learnt = Models.graph("preact_resnet20(order=original,shortcut=C)");
    Graph random = Models.graph("preact_resnet20(order=original,shortcut=random)");
    assertThat(random.nodes())
        .extracting(Node::name)
        .isEqualTo(learnt.nodes().stream().map(Node::name).toList());
    List<ParamSpec> fixed = random.params().stream().filter(ParamSpec::fixed).toList();
    assertThat(fixed)
        .hasSize(9)
        .allSatisfy(p -> assertThat(p.name()).endsWith(".shortcut.0.weight"));
    assertThat(learnt.params()).noneMatch(ParamSpec::fixed);
    for (ParamSpec p : fixed) {
      ParamSpec same =
          learnt.params().stream().filter(l -> l.name().equals(p.name())).findFirst().orElseThrow();
      assertThat(p.initialValues(3)).isEqualTo(same.initialValues(3));
    }
  }

  @Test
  void theWidthOfACifarResNetIsThatOfItsFirstStage() {
    for (String network : List.of("plain14", "resnet14")) {
      Graph g = Models.graph(network + "(width=24)");
      assertThat(shapes(g, "conv1", "layer1.1.conv2", "layer2.0.conv1", "layer3.1.conv2"))
          .containsExactly(
              Shape.of(24, 32, 32), Shape.of(24, 32, 32), Shape.of(48, 16, 16), Shape.of(96, 8, 8));
      assertThatThrownBy(() -> Models.graph(network + "(width=0)"))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("whole number from 1 to 256");
    }
  }

  @Test
  void constantScalesOfOneAreNoNodesAndOthersAre() {
    assertThat(Models.graph("preact_resnet20").nodes())
        .extracting(Node::op)
        .noneMatch(Op.Affine.class::isInstance);
    assertThat(
            Models.graph("preact_resnet20(order=original,skip_scale=0.5,residual_scale=0.5)")
                .nodes())
        .extracting(Node::op)
        .filteredOn(Op.Affine.class::isInstance)
        .hasSize(18)
        .containsOnly(new Op.Affine(0.5, 0));
  }

  @ParameterizedTest
  @CsvSource({
    "full, BatchNorm Relu Conv2d BatchNorm Relu Conv2d Add",
    "original, Conv2d BatchNorm Relu Conv2d BatchNorm Add Relu",
    "bn_after, Conv2d BatchNorm Relu Conv2d Add BatchNorm Relu",
    "relu_before, Conv2d BatchNorm Relu Conv2d BatchNorm Relu Add",
    "relu_only, Relu Conv2d BatchNorm Relu Conv2d BatchNorm Add"
  })
  void unitsAreInTheOrderOfFigureFour(String order, String labels) {
    Graph g = Models.graph("preact_resnet20(order=" + order + ")");
    assertThat(
            g.nodes().stream()
                .filter(n -> n.name().startsWith("layer1.1."))
                .map(n -> n.op().label()))
        .containsExactly(labels.split(" "));
  }

  @Test
  void aWideNetworkOutsideTheListIsBuiltFromItsName() {
    Graph g = Models.graph("wrn_34_3");
    assertThat(Cost.depth(g)).isEqualTo(32);
    assertThat(g.name()).isEqualTo("wrn_34_3");
    assertThat(g.logits().input().shape()).isEqualTo(Shape.of(192));
    assertThatThrownBy(() -> Models.graph("wrn_30_3"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("6N+4")
        .hasMessageContaining("wrn_28_3")
        .hasMessageContaining("wrn_34_3");
    assertThatThrownBy(() -> Models.graph("wrn_4_3"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("wrn_10_3");
  }

  @Test
  void aNarrowerOrWiderSmallInceptionIsRefusedWhereItCannotBe() {
    assertThatThrownBy(() -> Models.graph("bn_inception_small(width=0)"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("width");
    assertThatThrownBy(() -> Models.graph("bn_inception_small(width=x)"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("a number");
  }

  /** Which node each local response normalization follows. */
  private static List<String> responses(String model) {
    return Models.graph(model).nodes().stream()
        .filter(n -> n.op().equals(new Op.LocalResponseNorm(5, 1e-4, 0.75, 1)))
        .map(n -> n.input().name())
        .toList();
  }

  @Test
  void bnInceptionHasLocalResponseNormalizationOnDemandWhereGoogLeNetHasIt() {
    assertThat(responses("googlenet_paper")).containsExactly("maxpool1", "conv3.relu");
    for (String name : List.of("bn_inception", "bn_inception_separable")) {
      assertThat(responses(name)).isEmpty();
      assertThat(responses(name + "(lrn=0.0001)")).containsExactly("pool1_3x3_s2", "conv2_3x3_act");
      assertThat(Models.graph(name + "(lrn=0.0001)").params())
          .isEqualTo(Models.graph(name).params());
    }
    assertThat(responses("bn_inception_small(lrn=0.0001)")).containsExactly("conv1_3x3_act");
    assertThatThrownBy(() -> Models.graph("bn_inception(lrn=-1)"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("lrn");
  }

  @Test
  void resNet9PoolsWhateverIsLeftOfAnImageAndScalesItsLogits() {
    for (int side : List.of(24, 32, 64)) {
      Graph g = Models.graph("resnet9(width=16)", 10, Shape.of(3, side, side));
      assertThat(g.logits().op()).isEqualTo(new Op.Affine(0.125, 0));
      assertThat(g.logits().input().input().shape()).isEqualTo(Shape.of(128));
    }
    assertThatThrownBy(() -> Models.graph("resnet9", 10, Shape.of(3, 4, 32)))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("layer3.pool");
    for (String width : List.of("0", "48.5", "-16", "2000")) {
      assertThatThrownBy(() -> Models.graph("resnet9(width=" + width + ")"))
          .isInstanceOf(ModelException.class)
          .hasMessageContaining("whole number from 1 to 1024");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "airbench94, 64, 256, 256, 7, 0.4",
    "airbench95, 128, 384, 384, 7, 0.4",
    "airbench96, 128, 384, 512, 10, 0.1",
    "airbench94(depth=3), 64, 256, 256, 10, 0.4",
    "airbench96(width=32;depth=2), 32, 96, 128, 7, 0.1"
  })
  void networksOfAirbenchHaveThePublishedWidthsAndFixedParts(
      String spec, int first, int second, int third, int fixed, double momentum) {
    Graph g = Models.graph(spec.replace(';', ','));
    assertThat(shapes(g, "whiten", "layers.1.pool", "layers.2.pool", "layers.3.pool"))
        .containsExactly(
            Shape.of(24, 31, 31),
            Shape.of(first, 15, 15),
            Shape.of(second, 7, 7),
            Shape.of(third, 3, 3));
    assertThat(g.params().stream().filter(ParamSpec::fixed).map(ParamSpec::name))
        .contains("whiten.weight", "layers.1.norm1.weight")
        .hasSize(fixed);
    assertThat(g.nodes())
        .filteredOn(n -> n.op() instanceof Op.BatchNorm)
        .hasSize(fixed - 1)
        .allMatch(n -> ((Op.BatchNorm) n.op()).momentum() == momentum);
  }

  @Test
  void aThirdConvolutionOfAirbenchEndsInASumBeforeTheActivation() {
    Graph g = Models.graph("airbench96(activation=silu)");
    assertThat(g.nodes())
        .filteredOn(n -> n.name().startsWith("layers.2."))
        .extracting(Node::name)
        .endsWith("layers.2.norm3", "layers.2.add", "layers.2.activ3");
    Node sum =
        g.nodes().stream().filter(n -> n.name().equals("layers.2.add")).findFirst().orElseThrow();
    assertThat(sum.inputs())
        .extracting(Node::name)
        .containsExactly("layers.2.norm3", "layers.2.activ1");
    assertThat(g.nodes())
        .anyMatch(n -> n.op() instanceof Op.Silu)
        .noneMatch(n -> n.op() instanceof Op.Gelu);
  }

  @Test
  void theWhiteningLayerOfAirbenchBeginsWithoutShift() {
    ParamSpec bias =
        Models.graph("airbench94").params().stream()
            .filter(p -> p.name().equals("whiten.bias"))
            .findFirst()
            .orElseThrow();
    assertThat(bias.fixed()).isFalse();
    assertThat(bias.initializer()).isEqualTo(new Initializer.Constant(0));
  }

  @ParameterizedTest
  @CsvSource({
    "resnet18(width=1.5), 25875816",
    "resnet18(width=2), 45618216",
    "resnet18(width=3), 101783976",
    "resnet34(width=1.5), 48613608",
    "resnet34(width=2), 86036008"
  })
  void widerBasicNetworksHaveTheParametersOfTable7(String spec, long parameters) {
    assertThat(Cost.of(Models.graph(spec)).parameters()).isEqualTo(parameters);
  }

  @Test
  void anAuxiliaryClassifierThatDoesNotFitSaysHowToDoWithoutIt() {
    assertThatThrownBy(() -> Models.graph("inception_v3", 10, Shape.of(3, 224, 224)))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("768x12x12")
        .hasMessageContaining("aux=false");
    assertThatThrownBy(() -> Models.graph("googlenet_paper", 10, Shape.of(3, 64, 64)))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("512x4x4")
        .hasMessageContaining("aux=false");
  }

  @Test
  void anImageTooSmallForANetworkNamesTheNode() {
    assertThatThrownBy(() -> Models.graph("inception_v3", 10, Shape.of(3, 32, 32)))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("Mixed_6a")
        .hasMessageContaining("larger image");
    assertThat(Models.graph("inception_v3(aux=false)", 10, Shape.of(3, 75, 75)).classes())
        .isEqualTo(10);
    assertThat(Models.graph("googlenet", 10, Shape.of(3, 32, 32)).classes()).isEqualTo(10);
  }

  @ParameterizedTest
  @CsvSource({
    "resnet18, resnet18",
    "resnet50, resnet50",
    "googlenet, googlenet",
    "bn_inception, bninception",
    "resnet20, resnet20",
    "resnet56, resnet56",
    "resnet34, resnet34",
    "resnetv2_50, resnetv2_50",
    "inception_v3, inception_v3"
  })
  void trainableParametersAreNamedAsInTheGoldenFile(String spec, String file) {
    assertThat(
            Models.graph(spec).params().stream()
                .filter(p -> p.role().trainable())
                .map(ParamSpec::name))
        .containsExactlyInAnyOrderElementsOf(GoldenFile.of(file).gradients().keySet());
  }

  private static Cost costOf(Graph graph, String prefix) {
    long parameters = 0;
    long multiplyAdds = 0;
    for (Node n : graph.nodes()) {
      if (n.name().startsWith(prefix)) {
        parameters += Cost.of(n).parameters();
        multiplyAdds += Cost.of(n).multiplyAdds();
      }
    }
    return new Cost(parameters, multiplyAdds);
  }

  private static List<Shape> shapes(Graph graph, String... names) {
    Map<String, Shape> all =
        graph.nodes().stream().collect(Collectors.toMap(Node::name, Node::shape));
    return Arrays.stream(names).map(all::get).toList();
  }
}
