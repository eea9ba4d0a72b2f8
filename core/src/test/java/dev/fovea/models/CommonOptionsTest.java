package dev.fovea.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CommonOptionsTest {

  @Test
  void everyNetworkWithBatchNormTakesItsConstants() {
    for (String spec :
        List.of(
            "resnet20(bn_epsilon=0.001,bn_momentum=0.01)",
            "resnet50(stride=1x1,bn_epsilon=0.001,bn_momentum=0.01)",
            "bn_inception(bn_momentum=0.01,bn_epsilon=0.001)")) {
      Graph graph = Models.graph(spec);
      assertThat(graph.name()).isEqualTo(spec);
      assertThat(graph.nodes().stream().filter(n -> n.op() instanceof Op.BatchNorm))
          .isNotEmpty()
          .allSatisfy(
              n -> {
                assertThat(((Op.BatchNorm) n.op()).epsilon()).isEqualTo(0.001);
                assertThat(((Op.BatchNorm) n.op()).momentum()).isEqualTo(0.01);
              });
      assertThat(graph.params())
          .isEqualTo(Models.graph(spec.replaceAll(",?bn_\\w+=[0-9.]+", "")).params());
    }
    Graph one = Models.graph("resnet20(bn_momentum=0.01)");
    assertThat(one.nodes().stream().filter(n -> n.op() instanceof Op.BatchNorm))
        .allMatch(n -> ((Op.BatchNorm) n.op()).epsilon() == 1e-5);
  }

  @Test
  void anOptionIsAddedToANameWithOrWithoutOthers() {
    assertThat(Models.withOption("resnet20", "bn_epsilon", 0.001))
        .isEqualTo("resnet20(bn_epsilon=0.001)");
    assertThat(Models.withOption("resnet50(stride=1x1)", "bn_epsilon", 0.001))
        .isEqualTo("resnet50(stride=1x1,bn_epsilon=0.001)");
  }

  @Test
  void constantsThatCannotBeAreRefused() {
    assertThatThrownBy(() -> Models.graph("resnet20(bn_momentum=1.5)"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("bn_momentum");
    assertThatThrownBy(() -> Models.graph("resnet20(bn_epsilon=0)"))
        .isInstanceOf(ModelException.class);
    assertThatThrownBy(() -> Models.graph("vgg16(bn_epsilon=0.1)"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("no batch norm");
  }

  @Test
  void initialWeightsOfConvolutionsAndLinearLayersAreScaledAndNothingElse() {
    Graph usual = Models.graph("resnet20");
    Graph scaled = Models.graph("resnet20(init_scale=0.25)");
    assertThat(scaled.params()).hasSameSizeAs(usual.params());
    int weights = 0;
    for (int i = 0; i < usual.params().size(); i++) {
      ParamSpec before = usual.params().get(i);
      ParamSpec after = scaled.params().get(i);
      assertThat(after.name()).isEqualTo(before.name());
      if (before.role() == ParamSpec.Role.WEIGHT) {
        assertThat(after.initializer())
            .isEqualTo(new Initializer.Scaled(0.25, before.initializer()));
        weights++;
      } else {
        assertThat(after).isEqualTo(before);
      }
    }
    assertThat(weights).isEqualTo(20);
    assertThat(Models.graph("resnet20(init_scale=1)").params()).isEqualTo(usual.params());
  }

  @Test
  void valuesThatTrainingLeavesAreNotScaled() {
    assertThat(Models.graph("airbench94(init_scale=2)").params())
        .filteredOn(ParamSpec::fixed)
        .isNotEmpty()
        .isEqualTo(Models.graph("airbench94").params().stream().filter(ParamSpec::fixed).toList());
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "NaN", "1e300"})
  void aScaleThatCannotBeIsRefused(String scale) {
    assertThatThrownBy(() -> Models.graph("resnet20(init_scale=" + scale + ")"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("init_scale");
  }

  // 3 stages of 3 blocks: block l of 9 is left out with probability 0.5·l/9.
  @Test
  void stochasticDepthGrowsLinearlyAlongTheBlocks() {
    Graph graph = Models.graph("resnet20(stochastic_depth=0.5)");
    List<Double> rates =
        graph.nodes().stream()
            .filter(n -> n.op() instanceof Op.StochasticDepth)
            .map(n -> ((Op.StochasticDepth) n.op()).p())
            .toList();
    assertThat(rates).hasSize(9);
    for (int l = 1; l <= 9; l++) {
      assertThat(rates.get(l - 1)).isEqualTo(0.5 * l / 9);
    }
    assertThat(graph.params()).isEqualTo(Models.graph("resnet20").params());
    assertThat(Models.graph(graph.name()).name()).isEqualTo("resnet20(stochastic_depth=0.5)");
  }

  @Test
  void itDropsTheBranchAndNeverTheShortcut() {
    for (String spec : List.of("resnet18", "resnet50", "resnet20", "preact_resnet20", "wrn_16_2")) {
      Graph graph = Models.graph(spec + "(stochastic_depth=0.2)");
      graph.nodes().stream()
          .filter(n -> n.op() instanceof Op.Add)
          .forEach(
              n -> {
                assertThat(n.inputs().get(0).op()).isInstanceOf(Op.StochasticDepth.class);
                String branch = n.inputs().get(0).input().name();
                assertThat(branch).doesNotContain("downsample", "shortcut", "convdim");
                String block = n.name().substring(0, n.name().length() - ".add".length());
                assertThat(branch).as(n.name()).startsWith(block + ".");
              });
    }
    assertThatThrownBy(() -> Models.graph("plain18(stochastic_depth=0.2)"))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("residual");
  }
}
