package dev.fovea.passes;

import static dev.fovea.EngineValues.doubles;
import static dev.fovea.EngineValues.floats;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NamedValues;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.reference.ReferenceProgram;
import dev.fovea.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Folded norms change no answer, and those that something else needs stay. */
class FoldNormsTest {
  private final GraphBuilder b = new GraphBuilder("g");
  private final Node in = b.input(Shape.of(3, 6, 6));

  @ParameterizedTest
  @ValueSource(strings = {"resnet20", "resnet18", "googlenet", "preact_resnet56", "wrn_16_4"})
  void aFoldedNetworkAnswersTheSame(String name) {
    Graph graph = Models.graph(name, 5, Shape.of(3, 32, 32));
    same(new SkipDropout().apply(graph.withoutAuxiliary()));
  }

  @Test
  void everyNormBehindAConvolutionOfAResidualNetworkGoes() {
    Graph graph = new FoldNorms(Models.graph("resnet18")).graph();
    assertThat(graph.nodes()).noneMatch(n -> n.op() instanceof Op.BatchNorm);
    assertThat(graph.nodes())
        .filteredOn(n -> n.op() instanceof Op.Conv2d)
        .hasSize(20)
        .allMatch(n -> n.param(ParamSpec.Role.BIAS).isPresent());
    assertThat(graph.params()).extracting(ParamSpec::name).contains("layer1.0.conv1.bias");
  }

  @Test
  void aNormInFrontOfAConvolutionStays() {
    Node norm = b.batchNorm("bn", in, Op.BatchNorm.standard());
    Node conv = b.conv("conv", norm, Op.Conv2d.of(4, Window.square(3)));
    Graph graph = b.build(b.linear("fc", b.flatten("flat", conv), 5));
    assertThat(new FoldNorms(graph).graph().params()).isEqualTo(graph.params());
  }

  @Test
  void aNormOfAConvolutionThatSomethingElseReadsStays() {
    Node conv = b.conv("conv", in, Op.Conv2d.of(4, Window.square(3)));
    Node norm = b.batchNorm("bn", conv, Op.BatchNorm.standard());
    Graph graph = b.build(b.linear("fc", b.flatten("flat", b.add("sum", norm, conv)), 5));
    assertThat(new FoldNorms(graph).graph().params()).isEqualTo(graph.params());
    same(graph);
  }

  @Test
  void aBiasThatTheConvolutionHasIsPartOfTheNewOne() {
    Op.Conv2d biased =
        Op.Conv2d.of(4, Window.square(3)).withBias(new Initializer.PyTorchDefault(27));
    Node norm = b.batchNorm("bn", b.conv("conv", in, biased), Op.BatchNorm.standard());
    Graph graph = b.build(b.linear("fc", b.flatten("flat", norm), 5));
    assertThat(new FoldNorms(graph).graph().nodes()).hasSize(4);
    same(graph);
  }

  @Test
  void dropoutIsSkippedInInference() {
    Node dropped = b.add("drop", new Op.Dropout(0.5), b.flatten("flat", in));
    Graph graph = b.build(b.linear("fc", dropped, 5));
    Graph skipped = new SkipDropout().apply(graph);
    assertThat(skipped.nodes()).extracting(Node::name).containsExactly("input", "flat", "fc");
    assertThat(new SkipDropout().apply(skipped)).isSameAs(skipped);
  }

  private static void same(Graph graph) {
    FoldNorms folded = new FoldNorms(graph);
    Map<String, double[]> before = NamedValues.parameters(graph);
    Function<String, float[]> weights =
        folded.weights(name -> floats(Objects.requireNonNull(before.get(name), name)));
    Map<String, double[]> after = new LinkedHashMap<>();
    folded.graph().params().forEach(p -> after.put(p.name(), doubles(weights.apply(p.name()))));
    double[] images = NamedValues.images(2, graph.inputShape());
    double[] expected = ReferenceProgram.infer(graph, before, images);
    double[] actual = ReferenceProgram.infer(folded.graph(), after, images);
    double largest = 0;
    for (double v : expected) {
      largest = Math.max(largest, Math.abs(v));
    }
    for (int i = 0; i < expected.length; i++) {
      // Folded weights are rounded to binary32.
      assertThat(Math.abs(actual[i] - expected[i])).isLessThan(2e-6 * largest);
    }
  }
}
