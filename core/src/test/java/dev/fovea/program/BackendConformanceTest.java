package dev.fovea.program;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.OpCases;
import dev.fovea.OpCases.OpCase;
import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.autodiff.TrainingGraph;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.program.CompileOptions.Memory;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The suite lets a right backend pass, in both precisions, and finds small faults of a wrong one.
 */
class BackendConformanceTest {
  private static final SoftmaxCrossEntropy PLAIN = new SoftmaxCrossEntropy(0);

  static Stream<OpCase> cases() {
    return OpCases.all().stream();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aBackendThatRoundsToBinary32Passes(OpCase c) {
    new BackendConformance(new RoundedBackend(g -> g, 0), Precision.F32, Memory.NORMAL).check(c);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void aBackendThatRoundsToBfloat16Passes(OpCase c) {
    new BackendConformance(new RoundedBackend(g -> g, 0), Precision.BF16, Memory.NORMAL).check(c);
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void wrongFormulasAreFound(Precision precision) {
    finds(
        "AvgPool n=2 in=3x7x6 kernel=3x3 stride=2x2 pad=1x1 countpad",
        precision,
        op -> op instanceof Op.AvgPool o ? new Op.AvgPool(o.window(), o.ceil(), false) : op);
    finds(
        "BatchNorm n=4 in=17x3x5",
        precision,
        op -> op instanceof Op.BatchNorm o ? norm(o.epsilon(), 0.2) : op);
    finds(
        "BatchNormRelu n=4 in=17x3x5 eps=0.001",
        precision,
        op -> op instanceof Op.BatchNormRelu o ? o.norm() : op);
    finds(
        "AddRelu n=2 in=17x3x5,17x3x5",
        precision,
        op -> op instanceof Op.AddRelu ? new Op.Add() : op);
    finds(
        "LocalResponseNorm n=2 in=17x3x2 size=5 alpha=0.5 beta=0.75 k=2",
        precision,
        op ->
            op instanceof Op.LocalResponseNorm o
                ? new Op.LocalResponseNorm(o.size(), 5 * o.alpha(), o.beta(), o.k())
                : op);
    finds(
        "PadShortcut n=2 in=3x5x4 out=7 stride=2 before=2",
        precision,
        op ->
            op instanceof Op.PadShortcut o
                ? new Op.PadShortcut(o.outChannels(), o.stride(), 1)
                : op);
    finds(
        "Affine n=2 in=3x5x4 scale=-1.5 shift=0.25",
        precision,
        op -> op instanceof Op.Affine ? new Op.Affine(-1.5, 0) : op);
    finds(
        "Dropout n=2 in=17x3x3 p=0.4",
        precision,
        op -> op instanceof Op.Dropout ? new Op.Dropout(0.5) : op);
  }

  @Test
  void aSlightlyWrongEpsilonIsFoundInBinary32() {
    finds(
        "BatchNorm n=4 in=17x3x5",
        Precision.F32,
        op -> op instanceof Op.BatchNorm o ? norm(2e-4, o.momentum()) : op);
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void aWrongWeightOfAnAuxiliaryLossIsFound(Precision precision) {
    fails(
        "auxiliary n=4 in=3x15x15 out=16 smoothing=0.1",
        precision,
        g -> Gradients.of(rebuilt(g.forward(), op -> op, 0.25), g.loss()),
        0);
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void forgottenLabelSmoothingIsFound(Precision precision) {
    fails("Relu n=4 in=6x3x3 smoothing=0.1", precision, g -> Gradients.of(g.forward(), PLAIN), 0);
  }

  @ParameterizedTest
  @EnumSource(Precision.class)
  void anotherDropoutMaskIsFound(Precision precision) {
    fails("Dropout n=2 in=17x3x3 p=0.4", precision, g -> g, 1);
  }

  private static Op.BatchNorm norm(double epsilon, double momentum) {
    return new Op.BatchNorm(epsilon, momentum, Op.BatchNorm.standard().scaleInit());
  }

  private static void finds(String line, Precision precision, UnaryOperator<Op> fault) {
    fails(line, precision, g -> Gradients.of(rebuilt(g.forward(), fault, 1), g.loss()), 0);
  }

  private static void fails(
      String line, Precision precision, UnaryOperator<TrainingGraph> fault, long seedShift) {
    OpCase c = OpCases.all().stream().filter(o -> o.line().equals(line)).findFirst().orElseThrow();
    BackendConformance suite =
        new BackendConformance(new RoundedBackend(fault, seedShift), precision, Memory.NORMAL);
    assertThatThrownBy(() -> suite.check(c))
        .as(line)
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("is off by");
  }

  private static Graph rebuilt(Graph graph, UnaryOperator<Op> change, double auxiliary) {
    GraphBuilder builder = new GraphBuilder(graph.name());
    Map<Node, Node> made = new IdentityHashMap<>();
    for (Node n : graph.nodes()) {
      made.put(
          n,
          builder.add(
              n.name(),
              change.apply(n.op()),
              n.inputs().stream().map(made::get).toArray(Node[]::new)));
    }
    for (int i = 0; i < graph.outputs().size(); i++) {
      Graph.Output o = graph.outputs().get(i);
      Node logits = Objects.requireNonNull(made.get(o.node()));
      builder.output(logits, i == 0 ? 1 : auxiliary * o.lossWeight());
    }
    return builder.build();
  }
}
