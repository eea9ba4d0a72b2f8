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

  @Test
  void aRewriteThatChangesNothingKeepsNodesOutputsAndLossWeights() {
    Graph graph = Models.graph("googlenet");
    Graph copy = graph.rewrite((b, n, inputs) -> b.add(n.name(), n.op(), inputs));
    assertThat(copy).isNotSameAs(graph);
    assertThat(copy.nodes().stream().map(GraphTest::described))
        .containsExactlyElementsOf(graph.nodes().stream().map(GraphTest::described).toList());
    assertThat(graph.outputs()).hasSizeGreaterThan(1);
    assertThat(copy.outputs().stream().map(o -> o.node().name() + " " + o.lossWeight()))
        .containsExactlyElementsOf(
            graph.outputs().stream().map(o -> o.node().name() + " " + o.lossWeight()).toList());
  }

  private static String described(Node n) {
    return n.name() + " " + n.op() + " " + n.inputs().stream().map(Node::name).toList();
  }

  @Test
  void aRewriteLeavesOutNodesThatItReplacesByTheirInputs() {
    Graph graph = Models.graph("resnet20");
    Graph linear =
        graph.rewrite(
            (b, n, inputs) ->
                n.op() instanceof Op.Relu ? inputs.get(0) : b.add(n.name(), n.op(), inputs));
    assertThat(linear.nodes()).noneMatch(n -> n.op() instanceof Op.Relu);
    assertThat(linear.params()).containsExactlyElementsOf(graph.params());
    assertThat(linear.logits().name()).isEqualTo(graph.logits().name());
  }

  @Test
  void aRewriteAddsNodesBetweenOthers() {
    Graph graph = Models.graph("resnet20");
    Graph dropped =
        graph.rewrite(
            (b, n, inputs) ->
                n.op() instanceof Op.Linear
                    ? b.add(n.name(), n.op(), b.add("dropped", new Op.Dropout(0.5), inputs))
                    : b.add(n.name(), n.op(), inputs));
    assertThat(dropped.nodes()).hasSize(graph.nodes().size() + 1);
    assertThat(dropped.logits().input().name()).isEqualTo("dropped");
  }

  @Test
  void theHeadIsTheLastLayerWithWeightsAlsoBelowScaledLogits() {
    assertThat(Models.graph("airbench94").headParams()).containsExactly("head.weight");
    assertThat(Models.graph("resnet9(width=2)").headParams()).containsExactly("linear.weight");
    assertThat(Models.graph("googlenet").headParams())
        .containsExactlyInAnyOrder(
            "fc.weight",
            "fc.bias",
            "aux1.fc2.weight",
            "aux1.fc2.bias",
            "aux2.fc2.weight",
            "aux2.fc2.bias");
  }
}
