package dev.fovea.onednn;

import static dev.fovea.EngineValues.bytes;
import static dev.fovea.EngineValues.doubles;
import static dev.fovea.EngineValues.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.MemoryRanks;
import dev.fovea.MemoryRanks.Rank;
import dev.fovea.NamedValues;
import dev.fovea.NeedsBf16;
import dev.fovea.OpCases;
import dev.fovea.OpCases.OpCase;
import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.passes.FixStatistics;
import dev.fovea.passes.FuseRelu;
import dev.fovea.passes.SynchronizeStatistics;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.Frozen;
import dev.fovea.program.Precision;
import dev.fovea.program.ProgramException;
import dev.fovea.program.StepExchange;
import dev.fovea.program.TrainingProgram;
import dev.fovea.reference.ReferenceProgram;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Batch norms with the statistics of two ranks against the float64 interpreter on two ranks, which
 * is checked by difference quotients. Errors and their bounds are those of {@code
 * BackendConformance}, but what bfloat16 costs is the most of several roundings: which ReLUs change
 * sides, and one of 500 moves a gradient by 4 %, depends on every last bit.
 */
class SynchronizedNormsTest {
  private static final OneDnnBackend BACKEND = new OneDnnBackend();
  private static final int RANKS = 2;
  private static final double F32_BOUND = 1e-5;
  private static final double BF16_BOUND = 0x1p-7;
  private static final long SEED = 7;
  private static final int ROUNDINGS = 4;
  private static final long LARGE = 4_000;

  /** A network, and the part of it that is not trained. */
  record Case(OpCase network, String what, Frozen frozen) {
    Graph graph() {
      return new SynchronizeStatistics().apply(network.graph());
    }

    @Override
    public String toString() {
      return network.line() + ", " + what;
    }
  }

  static Stream<Case> cases() {
    return OpCases.all().stream()
        .filter(c -> !c.isOperation() || c.line().startsWith("BatchNorm"))
        .filter(c -> c.graph().params().stream().anyMatch(p -> !p.role().trainable()))
        .filter(c -> !c.line().contains("fixed") && !c.line().contains("synchronized"))
        .flatMap(SynchronizedNormsTest::cases);
  }

  private static Stream<Case> cases(OpCase c) {
    Case all = new Case(c, "all trained", Frozen.nothing());
    // What is frozen is the same code for large images.
    if (c.isOperation() || c.batch() * c.graph().inputShape().elements() > LARGE) {
      return Stream.of(all);
    }
    List<String> names = new ArrayList<>();
    Set<String> scales = new HashSet<>();
    for (ParamSpec p : c.graph().params()) {
      if (p.role().trainable()) {
        names.add(p.name());
      }
      if (p.role() == ParamSpec.Role.NORM_SCALE) {
        scales.add(p.name());
      }
    }
    Set<String> lower = new HashSet<>(names.subList(0, names.size() / 2));
    return Stream.of(
        all,
        new Case(c, "lower half frozen", new Frozen(lower, false)),
        new Case(c, "scales frozen", new Frozen(scales, false)));
  }

  /** By what they are; the second of two steps, so that values left over from the first show. */
  private static Map<String, double[]> expected(
      Case c, Graph graph, boolean bf16, DoubleUnaryOperator storage) {
    return MemoryRanks.run(
            RANKS,
            rank -> {
              ReferenceProgram program =
                  new ReferenceProgram(
                      Gradients.of(graph, c.network().loss(), c.frozen().parameters()),
                      c.network().batch(),
                      parameters(graph, bf16),
                      storage,
                      rank);
              double[] targets = targets(c, rank);
              program.step(images(c, rank, 0, bf16), targets, SEED);
              double loss = program.step(images(c, rank, 1, bf16), targets, SEED).loss();
              Map<String, double[]> values = new LinkedHashMap<>();
              values.put("loss", new double[] {loss});
              program.gradients().forEach((name, g) -> values.put("gradient " + name, g));
              for (ParamSpec p : graph.params()) {
                if (!p.role().trainable()) {
                  double[] statistic = program.parameters().get(p.name());
                  values.put("statistic " + p.name(), Objects.requireNonNull(statistic));
                }
              }
              return values;
            })
        .get(1);
  }

  private static Map<String, double[]> engine(Case c, Precision precision, Memory memory) {
    boolean bf16 = precision == Precision.BF16;
    CompileOptions options = new CompileOptions(c.network().batch(), precision, memory, 1);
    Graph graph = c.graph();
    return MemoryRanks.run(
            RANKS,
            rank -> {
              try (TrainingProgram program =
                  Compilation.training(graph, c.network().loss(), BACKEND, options, c.frozen())) {
                parameters(graph, bf16).forEach((n, v) -> program.weights().write(n, floats(v)));
                float[] targets = floats(targets(c, rank));
                DType type = program.inputType();
                program.run(bytes(images(c, rank, 0, bf16), type), targets, SEED, rank);
                double loss =
                    program.run(bytes(images(c, rank, 1, bf16), type), targets, SEED, rank).loss();
                Map<String, double[]> values = new LinkedHashMap<>();
                values.put("loss", new double[] {loss});
                for (ParamSpec p : program.gradients().specs()) {
                  values.put("gradient " + p.name(), doubles(program.gradients().read(p.name())));
                }
                for (ParamSpec p : graph.params()) {
                  if (!p.role().trainable()) {
                    values.put("statistic " + p.name(), doubles(program.weights().read(p.name())));
                  }
                }
                return values;
              }
            })
        .get(1);
  }

  private static double[] images(Case c, Rank rank, int step, boolean bf16) {
    long count = c.network().batch() * c.graph().inputShape().elements();
    double[] images = NamedValues.of("images " + rank.rank() + " of step " + step, count);
    // Ranks whose means and deviations differ.
    Arrays.setAll(images, i -> (float) (images[i] * (1 + rank.rank()) + rank.rank()));
    return bf16 ? Arrays.stream(images).map(SynchronizedNormsTest::bf16).toArray() : images;
  }

  private static double[] targets(Case c, Rank rank) {
    int batch = c.network().batch();
    int classes = c.graph().classes();
    double[] all = NamedValues.targets(RANKS * batch, classes);
    int start = rank.rank() * batch * classes;
    return Arrays.copyOfRange(all, start, start + batch * classes);
  }

  private static Map<String, double[]> parameters(Graph graph, boolean bf16) {
    Map<String, double[]> parameters = NamedValues.parameters(graph);
    if (bf16) {
      for (ParamSpec p : graph.params()) {
        if (p.role() == ParamSpec.Role.WEIGHT) {
          double[] values = Objects.requireNonNull(parameters.get(p.name()));
          Arrays.setAll(values, i -> bf16(values[i]));
        }
      }
    }
    return parameters;
  }

  private static Graph asInterpreted(Case c) {
    return new FixStatistics(
            n ->
                n.params().stream()
                    .filter(p -> p.role().trainable())
                    .allMatch(p -> c.frozen().parameters().contains(p.name())))
        .apply(c.graph());
  }

  @ParameterizedTest
  @MethodSource("cases")
  void agreesInBinary32(Case c) {
    Map<String, double[]> right =
        expected(c, asInterpreted(c), false, DoubleUnaryOperator.identity());
    for (Memory memory : Memory.values()) {
      assertThat(wrong(right, engine(c, Precision.F32, memory), F32_BOUND, Map.of()))
          .as("memory " + memory)
          .isEmpty();
    }
  }

  @NeedsBf16
  @ParameterizedTest
  @MethodSource("cases")
  void agreesInBfloat16(Case c) {
    Graph graph = asInterpreted(c);
    Map<String, double[]> right = expected(c, graph, true, DoubleUnaryOperator.identity());
    Graph cheaper = new FuseRelu().apply(graph);
    Map<String, Double> lost = new LinkedHashMap<>();
    for (int rounding = 0; rounding < ROUNDINGS; rounding++) {
      int which = rounding;
      Map<String, double[]> rounded = expected(c, cheaper, true, v -> rounded(v, which));
      errors(right, rounded).forEach((what, error) -> lost.merge(what, error, Math::max));
    }
    for (Memory memory : Memory.values()) {
      assertThat(wrong(right, engine(c, Precision.BF16, memory), BF16_BOUND, lost))
          .as("memory " + memory)
          .isEmpty();
    }
  }

  // To the nearest, and to one of the two nearest by chance.
  private static double rounded(double value, int which) {
    double chance = (Double.hashCode(value * (1 + which)) * 0x9E3779B9 >> 8) * 0x1p-24;
    return bf16(which == 0 ? value : value * (1 + chance * 0x1p-7));
  }

  private static Map<String, Double> errors(
      Map<String, double[]> expected, Map<String, double[]> got) {
    assertThat(got).containsOnlyKeys(expected.keySet());
    double gradients =
        expected.entrySet().stream()
            .filter(e -> e.getKey().startsWith("gradient "))
            .mapToDouble(e -> squares(e.getValue()))
            .sum();
    Map<String, Double> errors = new LinkedHashMap<>();
    expected.forEach(
        (what, right) -> {
          double[] other = Objects.requireNonNull(got.get(what));
          double[] difference = new double[right.length];
          Arrays.setAll(difference, i -> other[i] - right[i]);
          double floor = what.startsWith("gradient ") ? 0.1 * Math.sqrt(gradients) : 1e-6;
          errors.put(what, Math.sqrt(squares(difference)) / (Math.sqrt(squares(right)) + floor));
        });
    return errors;
  }

  private static List<String> wrong(
      Map<String, double[]> expected,
      Map<String, double[]> got,
      double bound,
      Map<String, Double> lost) {
    List<String> wrong = new ArrayList<>();
    errors(expected, got)
        .forEach(
            (what, error) -> {
              double allowed = bound + 2 * lost.getOrDefault(what, 0.0);
              if (!(error <= allowed)) {
                wrong.add(String.format("%s is off by %.2e, allowed %.2e", what, error, allowed));
              }
            });
    return wrong;
  }

  static Stream<String> models() {
    return Stream.of("resnet20", "preact_resnet20", "bn_inception_small");
  }

  @ParameterizedTest
  @MethodSource("models")
  void allRanksExchangeTheSameNumbersOfValuesInTheSameOrder(String name) {
    Graph graph = new SynchronizeStatistics().apply(Models.graph(name, 10, Shape.of(3, 32, 32)));
    List<List<Integer>> lengths =
        MemoryRanks.run(
            RANKS,
            rank -> {
              try (TrainingProgram program = program(graph, 2)) {
                program.run(
                    bytes(NamedValues.images(2, graph.inputShape()), DType.F32),
                    floats(NamedValues.targets(2, 10)),
                    SEED,
                    rank);
              }
              return rank.lengths();
            });
    assertThat(lengths.get(0)).isNotEmpty().isEqualTo(lengths.get(1));
  }

  @Test
  void anOrdinaryNormExchangesNothing() {
    Graph graph = Models.graph("resnet20");
    StepExchange refusing =
        new StepExchange() {
          @Override
          public void sum(FloatBuffer values) {
            throw new AssertionError("nothing is to be summed");
          }

          @Override
          public void ready(int bucket) {
            // Gradients are complete in any case.
          }
        };
    try (TrainingProgram program = program(graph, 2)) {
      ByteBuffer images = bytes(NamedValues.images(2, graph.inputShape()), DType.F32);
      float[] targets = floats(NamedValues.targets(2, graph.classes()));
      assertThat(program.run(images, targets, SEED, refusing).loss()).isFinite();
    }
  }

  @Test
  void populationStatisticsAreThoseOfAllRanks() {
    OpCase c = named("residual-b n=4");
    Graph graph = c.graph();
    double[] images = NamedValues.images(RANKS * 4, graph.inputShape());
    Map<String, float[]> one = new LinkedHashMap<>();
    try (TrainingProgram program = program(graph, RANKS * 4)) {
      program.observe(bytes(images, DType.F32), SEED, 1);
      statistics(program).forEach(one::put);
    }
    Graph each = new SynchronizeStatistics().apply(graph);
    int half = images.length / RANKS;
    List<Map<String, float[]>> ranks =
        MemoryRanks.run(
            RANKS,
            rank -> {
              double[] own =
                  Arrays.copyOfRange(images, rank.rank() * half, (rank.rank() + 1) * half);
              try (TrainingProgram program = program(each, 4)) {
                program.observe(bytes(own, DType.F32), SEED, 1, rank);
                return statistics(program);
              }
            });
    one.forEach(
        (name, values) -> {
          assertThat(ranks.get(0).get(name)).as(name).containsExactly(values, within(1e-5f));
          assertThat(ranks.get(1).get(name)).as(name).isEqualTo(ranks.get(0).get(name));
        });
  }

  private static Map<String, float[]> statistics(TrainingProgram program) {
    Map<String, float[]> statistics = new LinkedHashMap<>();
    for (ParamSpec p : program.weights().specs()) {
      if (!p.role().trainable()) {
        statistics.put(p.name(), program.weights().read(p.name()));
      }
    }
    return statistics;
  }

  @ParameterizedTest
  @EnumSource(Memory.class)
  void oneValuePerChannelIsEnoughIfThereAreMoreRanks(Memory memory) {
    Graph graph = new SynchronizeStatistics().apply(named("BatchNorm n=5 in=17").graph());
    CompileOptions options = new CompileOptions(1, Precision.F32, memory, 1);
    float[] targets = floats(NamedValues.targets(1, graph.classes()));
    List<Double> losses =
        MemoryRanks.run(
            RANKS,
            rank -> {
              try (TrainingProgram program =
                  Compilation.training(graph, new SoftmaxCrossEntropy(0), BACKEND, options)) {
                NamedValues.parameters(graph)
                    .forEach((n, v) -> program.weights().write(n, floats(v)));
                double[] image = NamedValues.of("rank " + rank.rank(), 12);
                return program.run(bytes(image, DType.F32), targets, SEED, rank).loss();
              }
            });
    assertThat(losses).allSatisfy(loss -> assertThat(loss).isFinite());
    try (TrainingProgram alone =
        Compilation.training(graph, new SoftmaxCrossEntropy(0), BACKEND, options)) {
      assertThatThrownBy(() -> alone.run(bytes(new double[12], DType.F32), targets, SEED))
          .isInstanceOf(ProgramException.class)
          .hasMessageContaining("train on more ranks");
    }
  }

  private static OpCase named(String start) {
    return OpCases.all().stream().filter(c -> c.line().startsWith(start)).findFirst().orElseThrow();
  }

  private static TrainingProgram program(Graph graph, int batch) {
    CompileOptions options = new CompileOptions(batch, Precision.F32, Memory.NORMAL, 1);
    TrainingProgram program =
        Compilation.training(graph, new SoftmaxCrossEntropy(0), BACKEND, options);
    NamedValues.parameters(graph).forEach((n, v) -> program.weights().write(n, floats(v)));
    return program;
  }

  private static double bf16(double value) {
    return DType.fromBf16(DType.toBf16((float) value));
  }

  private static double squares(double[] values) {
    return Arrays.stream(values).map(v -> v * v).sum();
  }
}
