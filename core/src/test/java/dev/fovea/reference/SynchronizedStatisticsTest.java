package dev.fovea.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.MemoryRanks;
import dev.fovea.NamedValues;
import dev.fovea.OpCases;
import dev.fovea.OpCases.OpCase;
import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.autodiff.TrainingGraph;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.passes.SynchronizeStatistics;
import dev.fovea.program.ProgramException;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Batch norms with the statistics of all ranks, in the interpreter: against difference quotients of
 * the mean loss of two ranks, and against one rank with all images.
 */
class SynchronizedStatisticsTest {
  private static final int RANKS = 2;
  private static final double H = 1e-6;
  private static final double TOLERANCE = 1e-6;

  // Dropout would draw other masks for the images of the second rank.
  static Stream<OpCase> networks() {
    return OpCases.all().stream()
        .filter(
            c ->
                c.line().startsWith("BatchNorm")
                        && !c.line().contains("fixed")
                        && !c.line().contains("synchronized")
                    || List.of("residual-a", "residual-b", "preactivation", "fan-out", "smooth")
                        .contains(c.kind()))
        .filter(c -> c.graph().inputShape().elements() * c.batch() < 4_000);
  }

  /** What a step on several ranks computes: the mean loss and the mean gradients. */
  private record Step(
      double loss, Map<String, double[]> gradients, Map<String, double[]> parameters) {}

  private static Step step(OpCase c, TrainingGraph graph, Map<String, double[]> parameters) {
    List<Step> steps =
        MemoryRanks.run(
            RANKS,
            rank -> {
              ReferenceProgram program =
                  new ReferenceProgram(
                      graph, c.batch(), parameters, DoubleUnaryOperator.identity(), rank);
              double[] images = part(images(c), rank.rank());
              double loss = program.step(images, part(targets(c), rank.rank()), 0).loss();
              Map<String, double[]> gradients = new HashMap<>(program.gradients());
              gradients.values().forEach(rank::sum);
              gradients.values().forEach(g -> Arrays.setAll(g, i -> g[i] / RANKS));
              return new Step(loss, gradients, program.parameters());
            });
    double loss = steps.stream().mapToDouble(Step::loss).average().orElseThrow();
    return new Step(loss, steps.get(0).gradients(), steps.get(1).parameters());
  }

  private static double[] images(OpCase c) {
    return NamedValues.images(RANKS * c.batch(), c.graph().inputShape());
  }

  private static double[] targets(OpCase c) {
    return NamedValues.targets(RANKS * c.batch(), c.graph().classes());
  }

  private static double[] part(double[] all, int rank) {
    int length = all.length / RANKS;
    return Arrays.copyOfRange(all, rank * length, (rank + 1) * length);
  }

  // Quotients need no gradients: all but one parameter of the last layer is frozen.
  private static TrainingGraph lossAlone(OpCase c) {
    List<String> names =
        c.graph().params().stream().filter(p -> p.role().trainable()).map(ParamSpec::name).toList();
    Set<String> frozen = Set.copyOf(names.subList(0, names.size() - 1));
    return Gradients.of(new SynchronizeStatistics().apply(c.graph()), c.loss(), frozen);
  }

  private static TrainingGraph synchronizedGraph(OpCase c) {
    return Gradients.of(new SynchronizeStatistics().apply(c.graph()), c.loss());
  }

  @ParameterizedTest
  @MethodSource("networks")
  void theMeanGradientIsTheDifferenceQuotientOfTheMeanLoss(OpCase c) {
    Map<String, double[]> parameters = NamedValues.parameters(c.graph());
    Map<String, double[]> gradients = step(c, synchronizedGraph(c), parameters).gradients();
    TrainingGraph graph = lossAlone(c);
    for (ParamSpec p : c.graph().params()) {
      if (p.role().trainable()) {
        double[] w = Objects.requireNonNull(parameters.get(p.name()));
        double[] gradient = Objects.requireNonNull(gradients.get(p.name()));
        for (int i = 0; i < w.length; i += Math.max(1, w.length / 3)) {
          double before = w[i];
          w[i] = before + H;
          double above = step(c, graph, parameters).loss();
          w[i] = before - H;
          double below = step(c, graph, parameters).loss();
          w[i] = before;
          double quotient = (above - below) / (2 * H);
          assertThat(gradient[i])
              .as("%s[%d]", p.name(), i)
              .isCloseTo(quotient, within(TOLERANCE * (1 + Math.abs(quotient))));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void twoRanksComputeWhatOneComputesWithAllImages(OpCase c) {
    Map<String, double[]> parameters = NamedValues.parameters(c.graph());
    ReferenceProgram one =
        new ReferenceProgram(Gradients.of(c.graph(), c.loss()), RANKS * c.batch(), parameters);
    double expected = one.step(images(c), targets(c), 0).loss();
    Step got = step(c, synchronizedGraph(c), parameters);
    assertThat(got.loss()).isCloseTo(expected, within(1e-12));
    one.gradients().forEach((name, g) -> assertSame(name, got.gradients(), g));
    one.parameters().forEach((name, p) -> assertSame(name, got.parameters(), p));
  }

  private static void assertSame(String name, Map<String, double[]> got, double[] expected) {
    assertThat(got.get(name)).as(name).containsExactly(expected, within(1e-12));
  }

  @Test
  void oneValuePerChannelIsEnoughIfThereAreMoreRanks() {
    OpCase c =
        OpCases.all().stream()
            .filter(o -> o.line().startsWith("BatchNorm n=5 in=17"))
            .findFirst()
            .orElseThrow();
    Graph graph = new SynchronizeStatistics().apply(c.graph());
    TrainingGraph training = Gradients.of(graph, new SoftmaxCrossEntropy(0));
    Map<String, double[]> parameters = NamedValues.parameters(graph);
    double[] targets = NamedValues.targets(1, graph.classes());
    MemoryRanks.run(
        RANKS,
        rank -> {
          double[] images = NamedValues.of("of rank " + rank.rank(), 12);
          ReferenceProgram program =
              new ReferenceProgram(training, 1, parameters, DoubleUnaryOperator.identity(), rank);
          assertThat(program.step(images, targets, 0).loss()).isFinite();
          return rank;
        });
    assertThatThrownBy(
            () -> new ReferenceProgram(training, 1, parameters).step(new double[12], targets, 0))
        .isInstanceOf(ProgramException.class)
        .hasMessageContaining("at least 2 values per channel");
  }
}
