package dev.fovea.passes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NamedValues;
import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.reference.ReferenceProgram;
import dev.fovea.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Residual blocks as Inception modules with fixed projections. */
class ResidualAsInceptionTest {
  private static final int BATCH = 2;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "resnet20",
        "resnet20(shortcut=C)",
        "preact_resnet20(order=original)",
        "preact_resnet20",
        "wrn_16_1"
      })
  void aResidualNetworkIsANetworkOfInceptionModules(String name) {
    Graph residual = Models.graph(name, 5, Shape.of(3, 16, 16));
    ResidualAsInception rewritten = new ResidualAsInception(residual);
    Graph inception = rewritten.graph();
    assertThat(inception.nodes()).noneMatch(n -> n.op() instanceof Op.Add);
    assertThat(rewritten.projections())
        .hasSize((int) residual.nodes().stream().filter(n -> n.op() instanceof Op.Add).count())
        .isNotEmpty();

    Map<String, double[]> before = NamedValues.parameters(residual);
    Map<String, double[]> after = with(before, rewritten.projections());
    assertThat(inception.params()).extracting(ParamSpec::name).containsAll(before.keySet());
    double[] images = NamedValues.images(BATCH, residual.inputShape());
    assertEqual(
        name,
        ReferenceProgram.infer(inception, after, images),
        ReferenceProgram.infer(residual, before, images));

    ReferenceProgram plain = trained(residual, before, images);
    ReferenceProgram modules = trained(inception, after, images);
    for (ParamSpec p : residual.params()) {
      if (p.role().trainable()) {
        assertEqual(
            p.name(),
            Objects.requireNonNull(modules.gradients().get(p.name())),
            Objects.requireNonNull(plain.gradients().get(p.name())));
      }
    }
  }

  @Test
  void otherProjectionsGiveOtherAnswers() {
    Graph residual = Models.graph("resnet20", 5, Shape.of(3, 16, 16));
    ResidualAsInception rewritten = new ResidualAsInception(residual);
    Map<String, double[]> before = NamedValues.parameters(residual);
    Map<String, double[]> after = with(before, rewritten.projections());
    String first = rewritten.projections().keySet().iterator().next();
    Objects.requireNonNull(after.get(first))[0] = 0;
    double[] images = NamedValues.images(BATCH, residual.inputShape());
    assertThat(ReferenceProgram.infer(rewritten.graph(), after, images))
        .isNotEqualTo(ReferenceProgram.infer(residual, before, images));
  }

  @Test
  void aNodeAddedToItselfStays() {
    GraphBuilder g = new GraphBuilder("twice");
    Node x = g.flatten("flat", g.input(Shape.of(3, 2, 2)));
    Node y = g.linear("fc", x, 4);
    Graph graph = g.build(g.add("sum", y, y));
    assertThat(new ResidualAsInception(graph).graph().nodes())
        .extracting(Node::name)
        .isEqualTo(graph.nodes().stream().map(Node::name).toList());
  }

  private static ReferenceProgram trained(
      Graph graph, Map<String, double[]> parameters, double[] images) {
    ReferenceProgram program =
        new ReferenceProgram(Gradients.of(graph, new SoftmaxCrossEntropy(0.1)), BATCH, parameters);
    program.step(images, NamedValues.targets(BATCH, graph.classes()), 0);
    return program;
  }

  private static Map<String, double[]> with(
      Map<String, double[]> parameters, Map<String, float[]> projections) {
    Map<String, double[]> all = new LinkedHashMap<>(parameters);
    projections.forEach(
        (name, floats) -> {
          double[] doubles = new double[floats.length];
          for (int i = 0; i < floats.length; i++) {
            doubles[i] = floats[i];
          }
          all.put(name, doubles);
        });
    return all;
  }

  private static void assertEqual(String what, double[] actual, double[] expected) {
    double largest = 0;
    for (double v : expected) {
      largest = Math.max(largest, Math.abs(v));
    }
    assertThat(largest).as(what).isPositive();
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(Math.abs(actual[i] - expected[i])).as(what).isLessThan(1e-6 * largest);
    }
  }
}
