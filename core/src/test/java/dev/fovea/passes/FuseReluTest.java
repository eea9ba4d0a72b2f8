package dev.fovea.passes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NamedValues;
import dev.fovea.OpCases;
import dev.fovea.OpCases.OpCase;
import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.reference.ReferenceProgram;
import dev.fovea.tensor.Shape;
import java.util.Arrays;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Fusion changes no value, and leaves alone what someone else reads. */
class FuseReluTest {
  private static final long SEED = 3;
  private final GraphBuilder b = new GraphBuilder("g");
  private final Node in = b.input(Shape.of(3, 6, 6));

  static Stream<Graph> graphs() {
    Stream<Graph> small = OpCases.all().stream().filter(c -> !c.isOperation()).map(OpCase::graph);
    Stream<Graph> known =
        Stream.of("resnet20", "resnet18").map(n -> Models.graph(n, 7, Shape.of(3, 32, 32)));
    return Stream.concat(small, known);
  }

  @ParameterizedTest
  @MethodSource("graphs")
  void theFusedGraphHasTheSameParametersLossGradientsStatisticsAndLogits(Graph graph) {
    same(graph, new FuseRelu().apply(graph));
  }

  @Test
  void aResidualNetworkLosesOneNodePerReluThatFollowsANormOrASum() {
    Graph graph = Models.graph("resnet18");
    Graph fused = new FuseRelu().apply(graph);
    long relus = graph.nodes().stream().filter(n -> n.op() instanceof Op.Relu).count();
    assertThat(relus).isEqualTo(17);
    assertThat(fused.nodes())
        .hasSize(graph.nodes().size() - 17)
        .noneMatch(n -> n.op() instanceof Op.Relu);
    assertThat(fused.nodes()).filteredOn(n -> n.op() instanceof Op.AddRelu).hasSize(8);
    assertThat(fused.nodes()).filteredOn(n -> n.op() instanceof Op.BatchNormRelu).hasSize(9);
  }

  @Test
  void aNormThatAlsoSomeoneElseReadsIsNotAbsorbed() {
    Node norm =
        b.batchNorm(
            "bn", b.conv("conv", in, Op.Conv2d.of(4, Window.square(3))), Op.BatchNorm.standard());
    Graph graph =
        b.build(b.linear("fc", b.flatten("flat", b.add("sum", b.relu("relu", norm), norm)), 5));
    assertThat(new FuseRelu().apply(graph)).isSameAs(graph);
  }

  @Test
  void aSumThatTwoRelusReadIsNotAbsorbed() {
    Node conv = b.conv("conv", in, Op.Conv2d.of(4, Window.square(3)));
    Node sum = b.add("sum", conv, conv);
    Node both = b.concat("both", java.util.List.of(b.relu("one", sum), b.relu("two", sum)));
    Graph graph = b.build(b.linear("fc", b.flatten("flat", both), 5));
    assertThat(new FuseRelu().apply(graph)).isSameAs(graph);
  }

  @Test
  void aNormThatIsAnAuxiliaryOutputItselfIsNotAbsorbed() {
    Node hidden = b.linear("hidden", b.flatten("flat", in), 5);
    Node norm = b.batchNorm("bn", hidden, Op.BatchNorm.standard());
    b.output(b.linear("fc", b.relu("relu", norm), 5), 1).output(norm, 0.5);
    outputsStay(b.build());
  }

  @Test
  void aSumThatIsTheMainOutputItselfIsNotAbsorbed() {
    Node flat = b.flatten("flat", in);
    Node sum = b.add("sum", b.linear("left", flat, 5), b.linear("right", flat, 5));
    b.output(sum, 1).output(b.linear("aux", b.relu("relu", sum), 5), 0.5);
    outputsStay(b.build());
  }

  @Test
  void aReluThatIsTheOutputIsAbsorbedAndTheFusedNodeIsTheOutput() {
    Node norm =
        b.batchNorm("bn", b.linear("fc", b.flatten("flat", in), 5), Op.BatchNorm.standard());
    Graph graph = b.build(b.relu("relu", norm));
    Graph fused = new FuseRelu().apply(graph);
    assertThat(fused.logits().op()).isInstanceOf(Op.BatchNormRelu.class);
    same(graph, fused);
  }

  @Test
  void aReluBehindAReluIsLeftAlone() {
    Node norm =
        b.batchNorm(
            "bn", b.conv("conv", in, Op.Conv2d.of(4, Window.square(3))), Op.BatchNorm.standard());
    Node twice = b.relu("second", b.relu("first", norm));
    Graph graph = b.build(b.linear("fc", b.flatten("flat", twice), 5));
    Graph fused = new FuseRelu().apply(graph);
    assertThat(fused.nodes())
        .extracting(Node::name)
        .containsExactly("input", "conv", "bn", "second", "flat", "fc");
    same(graph, fused);
  }

  @Test
  void aWholeNetworkStaysEqual() {
    Graph graph = Models.graph("resnet20", 7, Shape.of(3, 16, 16));
    same(graph, new FuseRelu().apply(graph));
  }

  private static void outputsStay(Graph graph) {
    Graph fused = new FuseRelu().apply(graph);
    assertThat(fused.outputs())
        .extracting(o -> o.node().op())
        .isEqualTo(graph.outputs().stream().map(o -> o.node().op()).toList());
    same(graph, fused);
  }

  private static void same(Graph graph, Graph fused) {
    assertThat(fused.params()).isEqualTo(graph.params());
    int batch = 3;
    double[] images = NamedValues.images(batch, graph.inputShape());
    double[] targets = NamedValues.targets(batch, graph.classes());
    ReferenceProgram before = program(graph, batch);
    ReferenceProgram after = program(fused, batch);
    assertThat(after.step(images, targets, SEED)).isEqualTo(before.step(images, targets, SEED));
    assertThat(after.gradients()).containsOnlyKeys(before.gradients().keySet());
    before
        .gradients()
        .forEach((name, g) -> close(name, Objects.requireNonNull(after.gradients().get(name)), g));
    before
        .parameters()
        .forEach((name, p) -> assertThat(after.parameters().get(name)).as(name).isEqualTo(p));
    double[] logits = ReferenceProgram.infer(graph, before.parameters(), images);
    assertThat(ReferenceProgram.infer(fused, before.parameters(), images)).isEqualTo(logits);
  }

  private static ReferenceProgram program(Graph graph, int batch) {
    return new ReferenceProgram(
        Gradients.of(graph, new SoftmaxCrossEntropy(0.1)), batch, NamedValues.parameters(graph));
  }

  // The same sums in the same order, but for the order of what several readers send back.
  private static void close(String name, double[] actual, double[] expected) {
    double scale = Math.sqrt(Arrays.stream(expected).map(v -> v * v).sum()) + 1e-6;
    for (int i = 0; i < expected.length; i++) {
      assertThat(Math.abs(actual[i] - expected[i])).as("%s[%d]", name, i).isLessThan(1e-12 * scale);
    }
  }
}
