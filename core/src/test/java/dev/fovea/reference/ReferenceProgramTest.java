package dev.fovea.reference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.NamedValues;
import dev.fovea.OpCases;
import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.program.ProgramException;
import dev.fovea.tensor.Shape;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ForkJoinPool;
import org.junit.jupiter.api.Test;

/** The program around the formulas: state, determinism, access to inner values, refusals. */
class ReferenceProgramTest {
  private static final SoftmaxCrossEntropy LOSS = new SoftmaxCrossEntropy(0);

  @Test
  void aStepIsBitForBitTheSameOnOneThreadAndOnSeveral() throws Exception {
    Graph graph = network("inception n=4 in=3x15x15 out=16 smoothing=0.1");
    ReferenceProgram several = program(graph, 4);
    double[] images = NamedValues.images(4, graph.inputShape());
    double[] targets = NamedValues.targets(4, 5);
    double loss = several.step(images, targets, 1).loss();
    ReferenceProgram one = program(graph, 4);
    ForkJoinPool pool = new ForkJoinPool(1);
    try {
      assertThat(pool.submit(() -> one.step(images, targets, 1).loss()).get()).isEqualTo(loss);
    } finally {
      pool.shutdown();
    }
    several
        .gradients()
        .forEach((name, g) -> assertThat(one.gradients().get(name)).as(name).isEqualTo(g));
  }

  @Test
  void runningStatisticsFollowTheBatchWithTheUnbiasedVariance() {
    GraphBuilder b = new GraphBuilder("g");
    Node norm =
        b.batchNorm(
            "bn",
            b.input(Shape.of(1, 1, 2)),
            new Op.BatchNorm(1e-5, 0.25, Op.BatchNorm.standard().scaleInit()));
    Graph graph = b.build(b.linear("fc", b.flatten("flat", norm), 2));
    ReferenceProgram program = program(graph, 2);
    double mean = Objects.requireNonNull(program.parameters().get("bn.running_mean"))[0];
    double variance = Objects.requireNonNull(program.parameters().get("bn.running_var"))[0];
    // Mean 3, variance Σ(x - 3)²/(4 - 1) = (4 + 1 + 1 + 4)/3.
    program.step(new double[] {1, 2, 4, 5}, new double[] {1, 0, 0, 1}, 0);
    assertThat(Objects.requireNonNull(program.parameters().get("bn.running_mean"))[0])
        .isCloseTo(0.75 * mean + 0.25 * 3, within(1e-15));
    assertThat(Objects.requireNonNull(program.parameters().get("bn.running_var"))[0])
        .isCloseTo(0.75 * variance + 0.25 * 10 / 3, within(1e-15));
  }

  @Test
  void inferenceUsesRunningStatisticsAndNoDropoutAndLeavesParametersAlone() {
    GraphBuilder b = new GraphBuilder("g");
    Node norm = b.batchNorm("bn", b.input(Shape.of(1, 1, 2)), Op.BatchNorm.standard());
    Node dropped = b.add("drop", new Op.Dropout(0.9), b.flatten("flat", norm));
    Graph graph = b.build(dropped);
    Map<String, double[]> parameters = new HashMap<>();
    parameters.put("bn.weight", new double[] {2});
    parameters.put("bn.bias", new double[] {1});
    parameters.put("bn.running_mean", new double[] {3});
    parameters.put("bn.running_var", new double[] {4 - 1e-5});
    assertThat(ReferenceProgram.infer(graph, parameters, new double[] {3, 5, 1, 7}))
        .containsExactly(new double[] {1, 3, -1, 5}, within(1e-12));
    assertThat(parameters.get("bn.running_mean")).containsExactly(3);
  }

  @Test
  void theProgramWorksOnItsOwnCopyOfTheParameters() {
    Graph graph = network("residual-b n=4 in=3x12x12 out=16");
    Map<String, double[]> parameters = NamedValues.parameters(graph);
    ReferenceProgram program = new ReferenceProgram(Gradients.of(graph, LOSS), 2, parameters);
    program.step(NamedValues.images(2, graph.inputShape()), NamedValues.targets(2, 5), 0);
    assertThat(parameters.get("stem.bn.running_mean"))
        .isEqualTo(NamedValues.parameters(graph).get("stem.bn.running_mean"));
    assertThat(program.parameters().get("stem.bn.running_mean"))
        .isNotEqualTo(parameters.get("stem.bn.running_mean"));
  }

  @Test
  void theGradientOfEveryNodeCanBeReadAndAdditionsPassItOn() {
    Graph graph = network("fan-out n=3 in=3x6x5");
    ReferenceProgram program = program(graph, 3);
    program.step(NamedValues.images(3, graph.inputShape()), NamedValues.targets(3, 5), 0);
    for (Node n : graph.nodes()) {
      if (n != graph.input()) {
        assertThat(program.gradient(n)).as(n.name()).hasSameSizeAs(program.value(n));
      }
    }
    Node sum = node(graph, "sum");
    assertThat(program.gradient(node(graph, "twice"))).isEqualTo(program.gradient(sum));
    assertThatThrownBy(() -> program.gradient(graph.input())).hasMessageContaining("'input'");
  }

  @Test
  void theGradientOfTheNodeBeforeABiasSumsUpToThatBiasGradient() {
    Graph graph = network("vgg-tail n=2 in=3x14x14 out=512");
    ReferenceProgram program = program(graph, 2);
    program.step(NamedValues.images(2, graph.inputShape()), NamedValues.targets(2, 5), 0);
    double total = Arrays.stream(program.gradient(node(graph, "conv"))).sum();
    assertThat(Arrays.stream(program.gradients().get("conv.bias")).sum())
        .isCloseTo(total, within(1e-12));
    assertThat(total).isNotZero();
  }

  @Test
  void correctCountsImagesWhoseLargestLogitIsAtTheLargestTarget() {
    GraphBuilder b = new GraphBuilder("g");
    Graph graph =
        b.build(
            b.add("scaled", new Op.Affine(1, 0), b.flatten("flat", b.input(Shape.of(3, 1, 1)))));
    ReferenceProgram program = new ReferenceProgram(Gradients.of(graph, LOSS), 3, Map.of());
    double[] logits = {1, 5, 2, 0, 0, 1, 9, 8, 7};
    double[] targets = {0.2, 0.8, 0, 1, 0, 0, 0.5, 0.4, 0.1};
    assertThat(program.step(logits, targets, 0).correct()).isEqualTo(2);
  }

  @Test
  void dropoutFollowsItsSeed() {
    Graph graph = network("vgg-tail n=2 in=3x14x14 out=512");
    ReferenceProgram program = program(graph, 2);
    double[] images = NamedValues.images(2, graph.inputShape());
    double[] targets = NamedValues.targets(2, 5);
    double first = program.step(images, targets, 1).loss();
    assertThat(program.step(images, targets, 2).loss()).isNotEqualTo(first);
    assertThat(program.step(images, targets, 1).loss()).isEqualTo(first);
  }

  @Test
  void aNanGoesThroughToTheLoss() {
    Graph graph = network("lrn-stem n=2 in=3x31x31");
    double[] images = NamedValues.images(2, graph.inputShape());
    images[17] = Double.NaN;
    assertThat(program(graph, 2).step(images, NamedValues.targets(2, 5), 0).loss()).isNaN();
  }

  @Test
  void batchStatisticsOfOneValueAreRefused() {
    Graph graph = network("BatchNorm n=2 in=1x1x1");
    assertThatThrownBy(
            () ->
                program(graph, 1)
                    .step(NamedValues.images(1, graph.inputShape()), NamedValues.targets(1, 5), 0))
        .isInstanceOf(ProgramException.class)
        .hasMessageContaining("'op'")
        .hasMessageContaining("at least 2 values");
  }

  @Test
  void missingAndMisshapenArraysAreNamed() {
    Graph graph = network("Linear n=3 in=17 out=7");
    Map<String, double[]> parameters = NamedValues.parameters(graph);
    double[] images = NamedValues.images(3, Shape.of(3, 2, 2));
    ReferenceProgram program = program(graph, 3);
    assertThatThrownBy(() -> program.step(new double[5], new double[15], 0))
        .hasMessageContaining("images: expected 36 values, got 5");
    assertThatThrownBy(() -> program.step(images, new double[5], 0))
        .hasMessageContaining("targets: expected 15 values, got 5");
    assertThatThrownBy(() -> ReferenceProgram.infer(graph, parameters, new double[13]))
        .hasMessageContaining("got 13");
    assertThatThrownBy(() -> program.value(graph.logits()))
        .hasMessageContaining("run a step first");
    parameters.put("op.bias", new double[3]);
    assertThatThrownBy(() -> new ReferenceProgram(Gradients.of(graph, LOSS), 3, parameters))
        .isInstanceOf(ProgramException.class)
        .hasMessageContaining("'op.bias' of shape 7: expected 7 values, got 3");
    parameters.remove("op.bias");
    assertThatThrownBy(() -> new ReferenceProgram(Gradients.of(graph, LOSS), 3, parameters))
        .isInstanceOf(ProgramException.class)
        .hasMessageContaining("'op.bias' is missing");
  }

  @Test
  void storageRoundsWhatPassesBetweenNodesButNotLogits() {
    GraphBuilder b = new GraphBuilder("g");
    Node conv = b.conv("conv", b.input(Shape.of(3, 4, 4)), Op.Conv2d.of(2, Window.square(3)));
    Graph graph = b.build(b.linear("fc", b.flatten("flat", conv), 5));
    ReferenceProgram program =
        new ReferenceProgram(
            Gradients.of(graph, LOSS), 2, NamedValues.parameters(graph), v -> Math.rint(v * 4) / 4);
    program.step(NamedValues.images(2, graph.inputShape()), NamedValues.targets(2, 5), 0);
    assertThat(Arrays.stream(program.value(conv))).allMatch(v -> v * 4 == Math.rint(v * 4));
    assertThat(Arrays.stream(program.gradient(conv))).allMatch(v -> v * 4 == Math.rint(v * 4));
    assertThat(Arrays.stream(program.value(graph.logits())))
        .anyMatch(v -> v * 4 != Math.rint(v * 4));
  }

  private static Graph network(String line) {
    return OpCases.all().stream()
        .filter(c -> c.line().equals(line))
        .findFirst()
        .orElseThrow()
        .graph();
  }

  private static ReferenceProgram program(Graph graph, int batch) {
    return new ReferenceProgram(Gradients.of(graph, LOSS), batch, NamedValues.parameters(graph));
  }

  private static Node node(Graph graph, String name) {
    return graph.nodes().stream().filter(n -> n.name().equals(name)).findFirst().orElseThrow();
  }
}
