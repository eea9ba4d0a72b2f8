package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.NamedValues;
import dev.fovea.OpCases;
import dev.fovea.OpCases.OpCase;
import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.passes.FixStatistics;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.Frozen;
import dev.fovea.program.Precision;
import dev.fovea.program.TrainingProgram;
import dev.fovea.reference.ReferenceOptimizers;
import dev.fovea.reference.ReferenceProgram;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Steps that leave a part of the network as it is, and steps that only observe batches. */
class FrozenTrainingTest {
  private static final SoftmaxCrossEntropy LOSS = new SoftmaxCrossEntropy(0.1);
  private static final int BATCH = 4;
  private static final Graph GRAPH = graph("residual-b");

  record Case(Graph graph, String what, Frozen frozen, Memory memory) {
    @Override
    public String toString() {
      return graph.name() + ", " + what + " frozen, memory " + memory;
    }
  }

  private static Graph graph(String kind) {
    return OpCases.all().stream()
        .filter(c -> c.line().startsWith(kind + " n=" + BATCH))
        .map(OpCase::graph)
        .findFirst()
        .orElseThrow();
  }

  static Stream<Case> cases() {
    return Stream.of(graph("residual-b"), graph("inception"))
        .flatMap(g -> Stream.of(Memory.values()).flatMap(m -> cases(g, m)));
  }

  private static Stream<Case> cases(Graph g, Memory m) {
    List<String> names = names(g, p -> true);
    Set<String> lower = new HashSet<>(names.subList(0, names.size() / 2));
    Set<String> upper = new HashSet<>(names.subList(names.size() / 2, names.size()));
    Set<String> weights = new HashSet<>(names(g, p -> p.role() == ParamSpec.Role.WEIGHT));
    Set<String> vectors = new HashSet<>(names(g, p -> p.role() != ParamSpec.Role.WEIGHT));
    return Stream.of(
        new Case(g, "statistics", new Frozen(Set.of(), true), m),
        new Case(g, "lower half", new Frozen(lower, false), m),
        new Case(g, "upper half", new Frozen(upper, false), m),
        new Case(g, "weights", new Frozen(weights, false), m),
        new Case(g, "norms and biases", new Frozen(vectors, false), m));
  }

  private static List<String> names(Graph graph, Predicate<ParamSpec> wanted) {
    return graph.params().stream()
        .filter(p -> p.role().trainable())
        .filter(wanted)
        .map(ParamSpec::name)
        .toList();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void whatIsTrainedGetsTheInterpretersGradientsAndNothingElseMoves(Case c) {
    Graph graph = c.graph();
    Graph fixed =
        new FixStatistics(
                n ->
                    c.frozen().statistics()
                        || n.params().stream()
                            .filter(p -> p.role().trainable())
                            .allMatch(p -> c.frozen().parameters().contains(p.name())))
            .apply(graph);
    Map<String, double[]> start = NamedValues.parameters(graph);
    ReferenceProgram reference =
        new ReferenceProgram(Gradients.of(fixed, LOSS, c.frozen().parameters()), BATCH, start);
    double[] images = NamedValues.images(BATCH, graph.inputShape());
    double[] targets = NamedValues.targets(BATCH, graph.classes());
    double expected = reference.step(images, targets, 0).loss();
    double norm = ReferenceOptimizers.globalNorm(reference.gradients().values());
    try (TrainingProgram program = program(graph, c.frozen(), c.memory())) {
      double loss = program.run(buffer(images), floats(targets), 0).loss();
      assertThat(loss).isCloseTo(expected, within(1e-5 * expected));
      assertThat(program.gradients().specs().stream().map(ParamSpec::name))
          .containsExactlyInAnyOrderElementsOf(reference.gradients().keySet());
      reference
          .gradients()
          .forEach((name, g) -> assertClose(name, program.gradients().read(name), g, norm));
      assertThat(program.gradientNorm()).isCloseTo(norm, within(1e-5 * norm));
      for (ParamSpec p : graph.params()) {
        double[] after = Objects.requireNonNull(reference.parameters().get(p.name()));
        assertClose(p.name(), program.weights().read(p.name()), after, 1);
      }
    }
  }

  @Test
  void aFrozenLowerHalfNeedsLessMemoryAndFewerPrimitives() {
    Case c = cases().filter(k -> k.what().equals("lower half")).findFirst().orElseThrow();
    try (TrainingProgram all = program(GRAPH, Frozen.nothing(), Memory.NORMAL);
        TrainingProgram part = program(GRAPH, c.frozen(), Memory.NORMAL)) {
      assertThat(part.report().arenaBytes()).isLessThan(all.report().arenaBytes());
      assertThat(part.report().primitives()).hasSizeLessThan(all.report().primitives().size());
      assertThatThrownBy(() -> part.gradients().read(names(GRAPH, p -> true).get(0)))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  // With momentum 1 the interpreter's running statistics are those of its batch alone.
  @Test
  void observedBatchesGiveTheMeansOverTheirStatistics() {
    Graph last =
        GRAPH.withOps(
            n ->
                n.op() instanceof Op.BatchNorm o
                    ? new Op.BatchNorm(o.epsilon(), 1, o.scaleInit())
                    : n.op());
    Map<String, double[]> start = NamedValues.parameters(GRAPH);
    double[] targets = NamedValues.targets(BATCH, GRAPH.classes());
    int batches = 3;
    try (TrainingProgram program = program(GRAPH, Frozen.nothing(), Memory.NORMAL)) {
      program.run(buffer(batch(0)), floats(targets), 0);
      float[] gradient = program.gradients().read(names(GRAPH, p -> true).get(0));
      Map<String, double[]> means =
          GRAPH.params().stream()
              .filter(p -> !p.role().trainable())
              .collect(
                  Collectors.toMap(ParamSpec::name, p -> new double[(int) p.shape().elements()]));
      for (int k = 1; k <= batches; k++) {
        program.observe(buffer(batch(k)), 0, 1.0 / k);
        ReferenceProgram reference = new ReferenceProgram(Gradients.of(last, LOSS), BATCH, start);
        reference.step(batch(k), targets, 0);
        means.forEach(
            (name, mean) -> add(mean, Objects.requireNonNull(reference.parameters().get(name))));
      }
      means.forEach(
          (name, sum) -> {
            double[] mean = java.util.Arrays.stream(sum).map(v -> v / batches).toArray();
            assertClose(name, program.weights().read(name), mean, 0);
          });
      assertThat(program.gradients().read(names(GRAPH, p -> true).get(0))).isEqualTo(gradient);
    }
  }

  private static void add(double[] sum, double[] values) {
    for (int i = 0; i < sum.length; i++) {
      sum[i] += values[i];
    }
  }

  private static double[] batch(int number) {
    return NamedValues.of("batch " + number, BATCH * GRAPH.inputShape().elements());
  }

  private static TrainingProgram program(Graph graph, Frozen frozen, Memory memory) {
    CompileOptions options = new CompileOptions(BATCH, Precision.F32, memory, 1);
    TrainingProgram program =
        Compilation.training(graph, LOSS, new OneDnnBackend(), options, frozen);
    NamedValues.parameters(graph).forEach((n, v) -> program.weights().write(n, floats(v)));
    return program;
  }

  private static void assertClose(String what, float[] got, double[] expected, double norm) {
    double squares = 0;
    for (int i = 0; i < got.length; i++) {
      squares += (got[i] - expected[i]) * (got[i] - expected[i]);
    }
    double size = ReferenceOptimizers.globalNorm(List.of(expected)) + 0.1 * norm;
    assertThat(Math.sqrt(squares) / size).as(what).isLessThan(1e-5);
  }

  private static ByteBuffer buffer(double[] values) {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(values.length * Float.BYTES).order(ByteOrder.nativeOrder());
    for (double v : values) {
      buffer.putFloat((float) v);
    }
    return buffer.flip();
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
