package dev.fovea.quantization;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.passes.FoldNorms;
import dev.fovea.passes.SkipDropout;
import dev.fovea.tensor.Shape;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Which values are kept in 8 bits, and with which sign. */
class PlacementTest {
  private final GraphBuilder b = new GraphBuilder("g");
  private final Node in = b.input(Shape.of(8, 6, 6));

  private static Graph folded(String name) {
    Graph graph = Models.graph(name, 5, Shape.of(3, 64, 64));
    return new FoldNorms(new SkipDropout().apply(graph.withoutAuxiliary())).graph();
  }

  private static Optional<Placement.Group> group(Placement p, String node) {
    return p.groups().stream()
        .filter(g -> g.members().stream().anyMatch(n -> n.name().equals(node)))
        .findFirst();
  }

  private Node conv(String name, Node x) {
    return b.conv(name, x, Op.Conv2d.of(8, Window.square(3).pad(1)));
  }

  private Graph end(Node x) {
    return b.build(b.linear("fc", b.flatten("flat", b.globalAvgPool("pool", x)), 5));
  }

  @Test
  void aReluIsUnsignedAndTheConvolutionBeforeItIsNotRounded() {
    Placement p = new Placement(end(b.relu("relu", conv("conv", in))), false, false);
    assertThat(group(p, "relu").orElseThrow().signed()).isFalse();
    assertThat(group(p, "input").orElseThrow().signed()).isTrue();
    assertThat(group(p, "conv")).isEmpty();
    assertThat(group(p, "fc")).isEmpty();
  }

  @Test
  void ofTwoConvolutionsThatMeetInAnAdditionTheSecondIsRounded() {
    Node x = b.relu("before", conv("stem", in));
    Node sum = b.add("sum", conv("left", x), conv("right", x));
    Placement p = new Placement(end(b.relu("relu", sum)), false, false);
    assertThat(p.addends()).extracting(Node::name).containsExactly("left");
    assertThat(group(p, "left")).isEmpty();
    assertThat(group(p, "sum")).isEmpty();
    assertThat(group(p, "right").orElseThrow().signed()).isTrue();
  }

  @Test
  void aConcatenationSharesOneStepWithItsBranchesAndThePoolsAroundIt() {
    Node x = b.relu("before", conv("stem", in));
    Node pooled = b.maxPool("pooled", x, Window.square(3).pad(1), false);
    Node both = b.concat("both", List.of(b.relu("a", conv("conv.a", x)), pooled));
    Placement p = new Placement(end(b.relu("after", conv("next", both))), false, false);
    Placement.Group group = group(p, "both").orElseThrow();
    assertThat(group.members())
        .extracting(Node::name)
        .containsExactly("before", "pooled", "a", "both");
    assertThat(group.sources()).extracting(Node::name).containsExactly("before", "a");
    assertThat(group.signed()).isFalse();
  }

  @Test
  void oneSignedBranchMakesTheConcatenationSigned() {
    Node x = b.relu("before", conv("stem", in));
    Node both = b.concat("both", List.of(conv("linear", x), b.relu("a", conv("conv.a", x))));
    Placement p = new Placement(end(b.relu("after", conv("next", both))), false, false);
    assertThat(group(p, "both").orElseThrow().signed()).isTrue();
  }

  @Test
  void firstLayerAndClassifierMayStay() {
    Graph graph = folded("resnet18");
    Placement all = new Placement(graph, false, false);
    Placement inner = new Placement(graph, true, true);
    assertThat(all.layers()).hasSize(21);
    assertThat(inner.layers()).hasSize(19).extracting(Node::name).doesNotContain("conv1", "fc");
    assertThat(group(inner, "input")).isEmpty();
  }

  @Test
  void everyLayerReadsAValueInEightBits() {
    for (String name : List.of("resnet18", "googlenet", "preact_resnet20", "resnet20")) {
      Placement p = new Placement(folded(name), false, false);
      assertThat(p.layers()).isNotEmpty();
      for (Node layer : p.layers()) {
        assertThat(group(p, layer.input().name())).as(layer.name()).isPresent();
      }
      assertThat(p.groups()).allMatch(g -> !g.sources().isEmpty());
    }
  }
}
