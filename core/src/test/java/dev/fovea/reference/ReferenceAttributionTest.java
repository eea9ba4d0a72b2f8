package dev.fovea.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.NamedValues;
import dev.fovea.OpCases;
import dev.fovea.OpCases.OpCase;
import dev.fovea.autodiff.Gradients;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.models.Models;
import dev.fovea.passes.InferenceMode;
import dev.fovea.tensor.Shape;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Gradients of scores with respect to images against central differences (f(x + h) - f(x - h)) /
 * 2h, with the step and the tolerance of {@link FiniteDifferenceTest}.
 */
class ReferenceAttributionTest {
  private static final double H = 1e-6;
  private static final double TOLERANCE = 1e-6;

  static Stream<OpCase> cases() {
    return OpCases.all().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theGradientOfTheImagesIsItsDifferenceQuotient(OpCase c) {
    check(c.graph(), c.batch());
  }

  static Stream<Graph> networks() {
    return Stream.of("resnet20", "preact_resnet110", "resnet56(shortcut=B)")
        .map(name -> Models.graph(name, 4, Shape.of(3, 8, 8)));
  }

  @ParameterizedTest
  @MethodSource("networks")
  void soIsThatOfWholeNetworks(Graph graph) {
    check(graph, 1);
  }

  private static void check(Graph graph, int batch) {
    String input = graph.input().name();
    ReferenceAttribution program = program(graph, batch, Set.of(input));
    double[] images = NamedValues.images(batch, graph.inputShape());
    double[] w = NamedValues.of("score", (long) batch * graph.classes());
    program.run(images, w);
    double[] gradient = program.gradient(input);
    double scale = Math.sqrt(dot(gradient, gradient) / gradient.length);
    int samples = Math.min(6, images.length);
    for (int s = 0; s < samples; s++) {
      int i = (int) ((long) s * 7919 % images.length);
      double before = images[i];
      images[i] = before + H;
      double above = dot(w, program.run(images, w));
      images[i] = before - H;
      double below = dot(w, program.run(images, w));
      images[i] = before;
      double quotient = (above - below) / (2 * H);
      double allowed = TOLERANCE * (1 + scale + Math.abs(quotient));
      assertThat(gradient[i])
          .as("image element %d", i)
          .isBetween(quotient - allowed, quotient + allowed);
    }
  }

  private static ReferenceAttribution program(Graph graph, int batch, Set<String> nodes) {
    return new ReferenceAttribution(
        Gradients.ofScore(new InferenceMode().apply(graph), nodes),
        batch,
        NamedValues.parameters(graph));
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  /** y = max over 2x2 of relu(x), with the logits themselves as the score. */
  @Test
  void aReluAtZeroPassesNothingOnAndTheFirstOfEqualMaximaEverything() {
    GraphBuilder b = new GraphBuilder("kinks");
    Node in = b.input(Shape.of(1, 2, 4));
    Node relu = b.relu("relu", in);
    Node max = b.add("max", new Op.MaxPool(Window.square(2).stride(2), false), relu);
    Graph graph = b.build(b.flatten("flat", max));
    ReferenceAttribution program =
        new ReferenceAttribution(Gradients.ofScore(graph, Set.of(in.name(), "relu")), 1, Map.of());
    double[] logits = program.run(new double[] {0, -1, 2, 2, -1, 0, 2, 2}, new double[] {3, 5});
    assertThat(logits).containsExactly(0, 2);
    assertThat(program.gradient("relu")).containsExactly(3, 0, 5, 0, 0, 0, 0, 0);
    assertThat(program.gradient(in.name())).containsExactly(0, 0, 5, 0, 0, 0, 0, 0);
    assertThat(program.value("relu")).containsExactly(0, 0, 2, 2, 0, 0, 2, 2);
  }

  @Test
  void whatIsNotKeptOrNotYetComputedIsRefused() {
    Graph graph = Models.graph("resnet20", 4, Shape.of(3, 8, 8));
    ReferenceAttribution program = program(graph, 1, Set.of("linear"));
    assertThatThrownBy(() -> program.gradient("linear")).hasMessageContaining("run first");
    program.run(NamedValues.images(1, graph.inputShape()), new double[] {1, 0, 0, 0});
    assertThat(program.gradient("linear")).containsExactly(1, 0, 0, 0);
    assertThatThrownBy(() -> program.value("bn1")).hasMessageContaining("node 'bn1'");
    assertThatThrownBy(() -> Gradients.ofScore(graph, Set.of("linear")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("inference");
  }
}
