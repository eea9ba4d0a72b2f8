package dev.fovea.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NamedValues;
import dev.fovea.OpCases;
import dev.fovea.OpCases.OpCase;
import dev.fovea.autodiff.Gradients;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.ParamSpec;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every gradient against central differences (f(x + h) - f(x - h)) / 2h.
 *
 * <p>With h = 1e-6 the truncation error is about h² = 1e-12 and rounding about 1e-16/h = 1e-10,
 * relative to the size of f (at most some hundreds here); 1e-6 is far from both and far below any
 * wrong formula. A larger h would let more of the ReLUs and maxima change sides between the two
 * points.
 */
class FiniteDifferenceTest {
  private static final double H = 1e-6;
  private static final double TOLERANCE = 1e-6;
  private static final long SEED = 42;

  static Stream<OpCase> operations() {
    return OpCases.all().stream().filter(OpCase::isOperation);
  }

  static Stream<OpCase> networks() {
    return OpCases.all().stream().filter(c -> !c.isOperation());
  }

  @ParameterizedTest
  @MethodSource("operations")
  void theGradientOfAnOperationIsItsDifferenceQuotient(OpCase c) {
    Graph graph = c.graph();
    Node node = graph.nodes().stream().filter(n -> n.name().equals("op")).findFirst().orElseThrow();
    Map<String, double[]> parameters = new HashMap<>(NamedValues.parameters(graph));
    List<double[]> inputs = new ArrayList<>();
    for (Node in : node.inputs()) {
      inputs.add(NamedValues.of("value of " + in.name(), c.batch() * in.shape().elements()));
    }
    Call call = new Call(node, c.batch(), inputs, parameters);
    double[] y = Forward.training(call, SEED);
    double[] probe = NamedValues.of("probe", y.length);
    Map<String, double[]> gradients = new HashMap<>();
    List<double[]> dx = new Backward(call, y, probe, SEED, gradients).run(true);
    DoubleSupplier f = () -> dot(probe, Forward.training(call, SEED));
    for (int i = 0; i < inputs.size(); i++) {
      compare("input " + i, inputs.get(i), dx.get(i), f);
    }
    for (ParamSpec p : node.params()) {
      if (p.role().trainable()) {
        compare(
            p.name(),
            Objects.requireNonNull(parameters.get(p.name())),
            Objects.requireNonNull(gradients.get(p.name())),
            f);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void theGradientOfANetworkIsItsDifferenceQuotient(OpCase c) {
    Graph graph = c.graph();
    ReferenceProgram program =
        new ReferenceProgram(
            Gradients.of(graph, c.loss()), c.batch(), NamedValues.parameters(graph));
    double[] images = NamedValues.images(c.batch(), graph.inputShape());
    double[] targets = NamedValues.targets(c.batch(), graph.classes());
    double loss = program.step(images, targets, SEED).loss();
    Map<String, double[]> gradients = new HashMap<>(program.gradients());
    assertThat(program.loss(images, targets, SEED)).as("the loss of the step").isEqualTo(loss);
    for (ParamSpec p : graph.params()) {
      if (p.role().trainable()) {
        double[] w = Objects.requireNonNull(program.parameters().get(p.name()));
        compare(
            p.name(),
            w,
            Objects.requireNonNull(gradients.get(p.name())),
            () -> program.loss(images, targets, SEED));
      }
    }
  }

  // At most a dozen elements, spread over the array by a stride that is no divisor of common sizes.
  private static void compare(String what, double[] x, double[] gradient, DoubleSupplier f) {
    assertThat(gradient).as(what).hasSameSizeAs(x);
    double scale = Math.sqrt(dot(gradient, gradient) / gradient.length);
    int samples = Math.min(12, x.length);
    for (int s = 0; s < samples; s++) {
      int i = (int) ((long) s * 7919 % x.length);
      double before = x[i];
      x[i] = before + H;
      double above = f.getAsDouble();
      x[i] = before - H;
      double below = f.getAsDouble();
      x[i] = before;
      double quotient = (above - below) / (2 * H);
      double allowed = TOLERANCE * (1 + scale + Math.abs(quotient));
      assertThat(gradient[i])
          .as("%s[%d]", what, i)
          .isBetween(quotient - allowed, quotient + allowed);
    }
  }

  private static double dot(double[] a, double[] b) {
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }
}
