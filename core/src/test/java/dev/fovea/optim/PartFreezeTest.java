package dev.fovea.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PartFreezeTest {
  @ParameterizedTest
  @ValueSource(strings = {"layer1:60%", "whiten.bias:33.5%", "*.bias:.5%", "norm_scales:1%"})
  void itsTextIsReadBack(String text) {
    assertThat(PartFreeze.parse(text)).hasToString(text.replace(":.", ":0."));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "layer1",
        "layer1:",
        ":60%",
        "layer1:60",
        "layer1:0%",
        "a b:1%",
        "a:100%",
        "a:-1%"
      })
  void whatCannotBeIsRefused(String text) {
    assertThatThrownBy(() -> PartFreeze.parse(text))
        .isInstanceOf(OptimException.class)
        .hasMessageContaining("'" + text + "'")
        .hasMessageContaining("write for example conv1:30%");
  }

  @ParameterizedTest
  @CsvSource({"50,4,2", "30,4,1", "1,4,1", "99,4,4", "37,3,1", "50,1,1", "33.4,1000,334"})
  void itIsFrozenAtTheNearestEndOfAnEpochButNotBeforeTheSecond(
      double after, long epochs, long first) {
    assertThat(new PartFreeze("a", after).epoch(epochs)).isEqualTo(first);
  }

  @Test
  void whatIsFrozenGrowsWithTheEpochs() {
    Graph graph = Models.graph("airbench94(width=2)");
    ParameterGroups groups =
        ParameterGroups.of(
            java.util.Map.of(
                "freeze", List.of("layers.1.norm1"),
                "freeze_at", List.of("whiten:30%", "layers.1:60%", "filters:80%")));
    assertThat(groups.frozen(graph, 2, 10))
        .contains("whiten.weight", "layers.1.norm1.bias", "layers.3.norm2.weight")
        .doesNotContain("whiten.bias");
    assertThat(groups.frozen(graph, 3, 10))
        .contains("whiten.bias")
        .doesNotContain("layers.1.conv1.weight");
    assertThat(groups.frozen(graph, 6, 10))
        .contains("layers.1.conv1.weight", "layers.1.norm2.bias")
        .doesNotContain("layers.2.conv1.weight", "layers.2.norm1.bias");
    assertThat(groups.frozen(graph, 8, 10))
        .contains("layers.3.conv2.weight")
        .doesNotContain("head.weight", "layers.2.norm1.bias");
    assertThat(ParameterGroups.of(groups.toMap())).isEqualTo(groups);
  }
}
