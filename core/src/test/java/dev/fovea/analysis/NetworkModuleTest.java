package dev.fovea.analysis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.models.Models;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NetworkModuleTest {

  @ParameterizedTest
  @CsvSource({
    "googlenet, 9, inception3a, inception5b",
    "googlenet_paper, 9, inception3a, inception5b",
    "bn_inception, 10, inception_3a, inception_5b",
    "inception_v3, 11, Mixed_5b, Mixed_7c",
    "resnet50, 16, layer1.0, layer4.2",
    "preact_resnet164, 54, layer1.0, layer3.17",
    "wrn_16_4, 6, group0.block0, group2.block1",
    "resnetv2_50, 16, stages.0.blocks.0, stages.3.blocks.2"
  })
  void everyInceptionModuleAndResidualBlockIsFound(
      String network, int count, String first, String last) {
    List<NetworkModule> modules = NetworkModule.of(Models.graph(network));
    assertThat(modules).hasSize(count);
    assertThat(modules.get(0).name()).isEqualTo(first);
    assertThat(modules.get(count - 1).name()).isEqualTo(last);
  }

  @Test
  void networksWithoutBranchesHaveNone() {
    assertThat(NetworkModule.of(Models.graph("vgg16"))).isEmpty();
    assertThat(NetworkModule.of(Models.graph("plain34"))).isEmpty();
  }

  @Test
  void aModuleCostsWhatTheTablesSay() {
    NetworkModule first = NetworkModule.of(Models.graph("googlenet_paper")).get(0);
    assertThat(first.cost()).isEqualTo(new Cost(163_696, 128_049_152));
    assertThat(first.reducesGrid()).isFalse();
    NetworkModule reduction = NetworkModule.of(Models.graph("inception_v3")).get(3);
    assertThat(reduction.cost()).isEqualTo(new Cost(1_153_280, 401_937_408));
    assertThat(reduction.reducesGrid()).isTrue();
  }

  @Test
  void kindsOfLayersAddUpToTheNetwork() {
    Graph graph = Models.graph("inception_v3");
    long multiplyAdds = 0;
    long parameters = 0;
    for (Node n : graph.nodes()) {
      if (LayerKind.of(n).isPresent()) {
        multiplyAdds += Cost.of(n).multiplyAdds();
        parameters += Cost.of(n).parameters();
      }
    }
    assertThat(new Cost(parameters, multiplyAdds)).isEqualTo(Cost.of(graph));
  }

  @Test
  void theStagesOfGoogLeNetAreThoseOfItsTable() {
    List<GridStage> stages = GridStage.of(Models.graph("googlenet_paper"));
    assertThat(stages).extracting(GridStage::height).containsExactly(224, 112, 56, 28, 14, 7, 1);
    assertThat(stages).extracting(GridStage::depth).containsExactly(0, 1, 2, 4, 10, 4, 1);
    assertThat(stages)
        .extracting(GridStage::channels)
        .containsExactly(3, 64, 192, 480, 832, 1024, 1000);
    assertThat(stages.get(3).cost().multiplyAdds()).isEqualTo(128_049_152 + 304_267_264);
    assertThat(stages.get(4).valuesEntering()).isEqualTo(14 * 14 * 480);
  }

  @Test
  void designPrinciplesTellPoolingFromReducingInParallel() {
    DesignPrinciples google = DesignPrinciples.of(Models.graph("googlenet_paper"));
    DesignPrinciples v3 = DesignPrinciples.of(Models.graph("inception_v3"));
    // A pool of stride 2 keeps a quarter; 1280 x 8 x 8 of 768 x 17 x 17 are more.
    assertThat(google.leastKept()).isEqualTo(0.25);
    assertThat(v3.leastKept()).isCloseTo(1280 * 64 / (768 * 289.0), within(1e-12));
    assertThat(google.monotonic()).isTrue();
    assertThat(v3.channelsGrow()).isTrue();
    // Two per module; all read a 1x1.
    assertThat(google.spatial()).isEqualTo(18);
    assertThat(google.embedded()).isEqualTo(18);
    assertThat(google.widening()).isCloseTo(1024 / 480.0, within(1e-12));
    assertThat(v3.widening()).isCloseTo(2048 / 288.0, within(1e-12));
    assertThat(DesignPrinciples.of(Models.graph("vgg16")).spatial()).isZero();
    assertThat(DesignPrinciples.of(Models.graph("resnet50")).embedding())
        .isCloseTo((1 + 1 / 4.0 * 2 + 3 * 0.5 + 3 / 4.0 + 5 / 4.0 + 2 / 4.0) / 16, within(1e-12));
  }
}
