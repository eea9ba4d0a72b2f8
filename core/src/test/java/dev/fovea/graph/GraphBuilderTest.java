package dev.fovea.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.tensor.Shape;
import org.junit.jupiter.api.Test;

/** What a builder makes and what it refuses. */
class GraphBuilderTest {
  private final GraphBuilder b = new GraphBuilder("g");
  private final Node in = b.input(Shape.of(3, 8, 8));

  @Test
  void parametersAreNamedAndShapedAsInPyTorch() {
    Op.Conv2d grouped =
        Op.Conv2d.of(12, Window.of(1, 7).pad(0, 3))
            .grouped(3)
            .withBias(new Initializer.Constant(0));
    Node conv = b.conv("layer1.0.conv1", in, grouped);
    Node norm = b.batchNorm("layer1.0.bn1", conv, Op.BatchNorm.standard());
    Node fc = b.linear("fc", b.flatten("flat", norm), 10);
    assertThat(conv.params())
        .extracting(ParamSpec::name, ParamSpec::role, ParamSpec::shape)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple(
                "layer1.0.conv1.weight", Role.WEIGHT, Shape.of(12, 1, 1, 7)),
            org.assertj.core.groups.Tuple.tuple("layer1.0.conv1.bias", Role.BIAS, Shape.of(12)));
    assertThat(norm.params())
        .extracting(ParamSpec::name)
        .containsExactly(
            "layer1.0.bn1.weight",
            "layer1.0.bn1.bias",
            "layer1.0.bn1.running_mean",
            "layer1.0.bn1.running_var");
    assertThat(norm.params())
        .extracting(p -> p.role().trainable())
        .containsExactly(true, true, false, false);
    assertThat(fc.params())
        .extracting(ParamSpec::shape)
        .containsExactly(Shape.of(10, 768), Shape.of(10));
  }

  @Test
  void namesAreUnique() {
    b.relu("r", in);
    assertThatThrownBy(() -> b.relu("r", in))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("two nodes are named 'r'");
  }

  @Test
  void aSecondInputIsRefusedHoweverItIsAdded() {
    assertThatThrownBy(() -> b.input(Shape.of(3, 8, 8)))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("second input");
    assertThatThrownBy(() -> b.add("more", new Op.Input(Shape.of(3, 8, 8))))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("'more'")
        .hasMessageContaining("read 'input' instead");
  }

  @Test
  void nodesOfAnotherGraphAreRefused() {
    Node foreign = new GraphBuilder("other").input(Shape.of(3, 8, 8));
    assertThatThrownBy(() -> b.relu("r", foreign))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("'r'")
        .hasMessageContaining("belongs to another graph");
    GraphBuilder other = new GraphBuilder("other");
    Node foreignLogits = other.flatten("flat", other.input(Shape.of(3, 8, 8)));
    assertThatThrownBy(() -> b.build(foreignLogits))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("'flat'");
  }

  @Test
  void aNodeThatLeadsNowhereIsRefused() {
    Node logits = b.flatten("flat", in);
    b.relu("lost", in);
    assertThatThrownBy(() -> b.build(logits))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("'lost' leads to no output");
  }

  @Test
  void aGraphWithoutOutputIsRefused() {
    assertThatThrownBy(b::build)
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("no output");
  }

  @Test
  void outputsAreLogitsOfEqualShapeWithAWeight() {
    Node flat = b.flatten("flat", in);
    Node main = b.linear("main", flat, 10);
    assertThatThrownBy(() -> b.output(in, 1))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("got 3x8x8");
    assertThatThrownBy(() -> b.output(main, 0.5))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("loss weight 1, got 0.5");
    b.output(main, 1);
    assertThatThrownBy(() -> b.output(b.linear("other", flat, 11), 0.3))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("'other'")
        .hasMessageContaining("10, got 11");
    assertThatThrownBy(() -> b.output(main, 0.3))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("once");
    Node aux = b.linear("aux", flat, 10);
    assertThatThrownBy(() -> b.output(aux, -1))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("-1.0");
    assertThatThrownBy(() -> b.output(aux, Double.NaN))
        .isInstanceOf(GraphException.class)
        .hasMessageContaining("NaN");
  }

  @Test
  void withoutAuxiliaryOnlyWhatTheMainOutputNeedsStays() {
    Node trunk = b.conv("trunk", in, Op.Conv2d.of(4, Window.square(3)));
    Node aux = b.linear("aux.fc", b.flatten("aux.flat", b.relu("aux.relu", trunk)), 10);
    Node main =
        b.linear(
            "fc", b.flatten("flat", b.conv("last", trunk, Op.Conv2d.of(4, Window.square(3)))), 10);
    Graph graph = b.output(main, 1).output(aux, 0.3).build();
    assertThat(graph.logits()).isSameAs(main);
    assertThat(graph.consumers().of(trunk))
        .extracting(Node::name)
        .containsExactly("aux.relu", "last");
    Graph inference = graph.withoutAuxiliary();
    assertThat(inference.nodes())
        .extracting(Node::name)
        .containsExactly("input", "trunk", "last", "flat", "fc");
    assertThat(inference.outputs()).hasSize(1);
    assertThat(inference.params())
        .extracting(ParamSpec::name)
        .containsExactly("trunk.weight", "last.weight", "fc.weight", "fc.bias");
    assertThat(graph).hasToString("g: 8 nodes, 3x8x8 to 10 classes");
  }

  @Test
  void costCountsWeightsAndMultiplyAddsOfTheLongestPath() {
    Node c1 =
        b.conv(
            "c1",
            in,
            Op.Conv2d.of(8, Window.square(3).pad(1)).withBias(new Initializer.Constant(0)));
    Node n1 = b.batchNorm("n1", c1, Op.BatchNorm.standard());
    Node c2 = b.conv("c2", n1, Op.Conv2d.of(8, Window.square(3).pad(1).stride(2)).grouped(4));
    Node shortcut = b.add("shortcut", new Op.PadShortcut(8, 2, 0), n1);
    Node sum = b.add("sum", c2, shortcut);
    Graph graph = b.build(b.linear("fc", b.flatten("flat", sum), 10));
    assertThat(Cost.of(c1)).isEqualTo(new Cost(3 * 8 * 9 + 8, 3 * 8 * 9 * 64));
    assertThat(Cost.of(n1)).isEqualTo(new Cost(16, 0));
    assertThat(Cost.of(c2)).isEqualTo(new Cost(2 * 8 * 9, 2 * 8 * 9 * 16));
    assertThat(Cost.of(graph)).isEqualTo(new Cost(224 + 16 + 144 + 1290, 13824 + 2304 + 1280));
    assertThat(Cost.depth(graph)).isEqualTo(3);
  }
}
