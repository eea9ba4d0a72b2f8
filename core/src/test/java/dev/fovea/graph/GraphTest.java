package dev.fovea.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.models.Models;
import dev.fovea.tensor.Shape;
import org.junit.jupiter.api.Test;

class GraphTest {
  @Test
  void theNetworkUpToANodeHasItsValuesAsOnlyOutputAndTheSameParameterNames() {
    Graph whole = Models.graph("resnet20");
    Graph part = whole.upTo("layer1.0.bn1");
    assertThat(part.logits().shape()).isEqualTo(Shape.of(16 * 32 * 32));
    assertThat(part.params()).extracting(ParamSpec::name).startsWith("conv1.weight", "bn1.weight");
    assertThat(whole.params().stream().map(ParamSpec::name))
        .containsAll(part.params().stream().map(ParamSpec::name).toList());
    assertThat(part.params().stream().map(ParamSpec::name)).doesNotContain("layer1.0.conv2.weight");
  }

  @Test
  void aNodeThatIsNotThereIsNamed() {
    Graph graph = Models.graph("resnet20");
    assertThatThrownBy(() -> graph.upTo("layer9"))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("resnet20")
        .hasMessageContaining("layer9");
  }
}
