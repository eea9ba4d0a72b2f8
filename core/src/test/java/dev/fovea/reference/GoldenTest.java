package dev.fovea.reference;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.GoldenFile;
import dev.fovea.NamedValues;
import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Cost;
import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.tensor.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The interpreter against what PyTorch computed in float64 from the same weights: logits, loss,
 * every gradient and running statistic by name, and the losses of the first steps of training.
 *
 * <p>Both sides sum the same terms in another order, so they differ by rounding only: 1e-9 of the
 * norm leaves room for a hundred layers and for the growth over the steps of a curve. The figures
 * of BN-Inception were computed with PyTorch's momentum of 0.1, not with the network's own 0.9.
 */
class GoldenTest {
  private static final double TOLERANCE = 1e-9;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "resnet20 | resnet20 | 10",
        "resnet56 | resnet56 | 10",
        "resnet18 | resnet18 | 10",
        "resnet50 | resnet50 | 2",
        "googlenet | googlenet(dropout=0,aux_dropout=0) | 5",
        "bninception | bn_inception(bn_momentum=0.1) | 1",
        "wrn_16_2 | wrn_16_2 | 10",
        "preact_resnet20 | preact_resnet20 | 10",
        "resnet34 | resnet34 | 2",
        "resnetv2_50 | resnetv2_50 | 2",
        "preact_resnet164 | preact_resnet164 | 2",
      })
  void agreesWithPyTorch(String file, String network, int steps) {
    GoldenFile golden = GoldenFile.of(file);
    inferenceAgrees(network, golden);
    trainingAgrees(network, golden, steps);
  }

  private static void inferenceAgrees(String network, GoldenFile golden) {
    Graph graph = graph(network, golden, golden.images().evalSize());
    assertThat(Cost.of(graph).parameters()).isEqualTo(golden.parameters());
    double[] images = NamedValues.images(golden.batch(), graph.inputShape());
    double[] logits =
        ReferenceProgram.infer(graph, NamedValues.parameters(graph, golden::nameOf), images);
    double[] expected = golden.logits().stream().flatMapToDouble(Arrays::stream).toArray();
    double[] difference = Pointwise.map(logits, expected, (a, b) -> a - b);
    assertThat(norm(difference)).as("logits").isLessThan(TOLERANCE * norm(expected));
  }

  private static void trainingAgrees(String network, GoldenFile golden, int steps) {
    Graph graph = graph(network, golden, golden.images().trainSize());
    ReferenceProgram program =
        new ReferenceProgram(
            Gradients.of(graph, new SoftmaxCrossEntropy(0.1)),
            golden.batch(),
            NamedValues.parameters(graph, golden::nameOf));
    double[] images = NamedValues.images(golden.batch(), graph.inputShape());
    double[] targets = NamedValues.targets(golden.batch(), graph.classes());
    ReferenceOptimizers.Sgd sgd = new ReferenceOptimizers.Sgd(0.9, 0, 1e-4, true);
    for (int step = 0; step < steps; step++) {
      double loss = program.step(images, targets, 0).loss();
      double expected = golden.curve()[step];
      assertThat(Math.abs(loss - expected))
          .as("loss of step %d", step)
          .isLessThan(TOLERANCE * expected);
      if (step == 0) {
        Map<String, double[]> gradients = publicNames(golden, program.gradients());
        assertThat(gradients).containsOnlyKeys(golden.gradients().keySet());
        compareByName("gradient", golden.gradients(), gradients);
        compareByName("statistic", golden.running(), program.parameters());
      }
      sgd.step(program, 0.01);
    }
  }

  private static Map<String, double[]> publicNames(
      GoldenFile golden, Map<String, double[]> values) {
    Map<String, double[]> named = new LinkedHashMap<>();
    values.forEach((name, v) -> named.put(golden.nameOf(name), v));
    return named;
  }

  private static Graph graph(String network, GoldenFile golden, int size) {
    return Models.graph(network, golden.images().classes(), Shape.of(3, size, size));
  }

  // The probe's values are below 1, so its product may be off by the norm's tolerance times √count.
  // What
  // is zero on paper, the gradient of a bias in front of a batch norm, is measured against all
  // together.
  private static void compareByName(
      String what, Map<String, double[]> golden, Map<String, double[]> actual) {
    double all = Math.sqrt(golden.values().stream().mapToDouble(pair -> pair[0] * pair[0]).sum());
    golden.forEach(
        (name, pair) -> {
          double[] values = Objects.requireNonNull(actual.get(name));
          double allowed = TOLERANCE * (pair[0] + 1e-4 * all);
          assertThat(Math.abs(norm(values) - pair[0]))
              .as("norm of %s %s", what, name)
              .isLessThan(allowed);
          double[] probe = NamedValues.of("probe", values.length);
          double product = Arrays.stream(Pointwise.map(values, probe, (a, b) -> a * b)).sum();
          assertThat(Math.abs(product - pair[1]))
              .as("probe of %s %s", what, name)
              .isLessThan(allowed * Math.sqrt(values.length));
        });
  }

  private static double norm(double[] values) {
    return Math.sqrt(Arrays.stream(values).map(v -> v * v).sum());
  }
}
