package dev.fovea.onednn;

import static dev.fovea.EngineValues.bytes;
import static dev.fovea.EngineValues.doubles;
import static dev.fovea.EngineValues.floats;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.InceptionModules;
import dev.fovea.NamedValues;
import dev.fovea.NeedsAvx512;
import dev.fovea.NeedsBf16;
import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.Optimization;
import dev.fovea.program.Precision;
import dev.fovea.program.ProgramReport;
import dev.fovea.program.StepResult;
import dev.fovea.program.TrainingProgram;
import dev.fovea.reference.ReferenceProgram;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * No optimisation changes what a program computes: with all of them and without any one of them,
 * loss, every gradient, running statistics and logits agree, and both agree with float64.
 *
 * <p>Errors are Euclidean, relative to the norm of what is expected, or for gradients to at least a
 * tenth of the norm over all of them, as in {@code BackendConformance}. In binary32 the bound is
 * its 1e-5; the stems and heads leave some fifteen roundings of 2^-24 on the longest path, times
 * the square root of sums over up to 300 values. In bfloat16 two programs that round at different
 * places may differ by two roundings (2^-8) at each of about eight layers: 2^-4.
 */
class OptimizationsTest {
  private static final OneDnnBackend BACKEND = new OneDnnBackend();
  private static final int BATCH = 3;
  private static final long SEED = 11;
  private static final double F32_BOUND = 1e-5;
  private static final double BF16_BOUND = 0x1p-4;

  static Stream<Arguments> cases() {
    return InceptionModules.all().stream()
        .flatMap(
            g ->
                Arrays.stream(Optimization.values())
                    .flatMap(
                        o ->
                            Arrays.stream(Memory.values())
                                .map(memory -> Arguments.of(g, o, memory))));
  }

  @ParameterizedTest(name = "{0} without {1}, memory {2}")
  @MethodSource("cases")
  void programsWithAndWithoutAreEqual(Graph graph, Optimization optimization, Memory memory) {
    CompileOptions all = new CompileOptions(BATCH, Precision.F32, memory, 1);
    assertThat(wrong(run(graph, all.without(optimization)), run(graph, all), F32_BOUND)).isEmpty();
  }

  @NeedsBf16
  @ParameterizedTest(name = "{0} without {1}, memory {2}")
  @MethodSource("cases")
  void programsWithAndWithoutAreEqualInBfloat16(
      Graph graph, Optimization optimization, Memory memory) {
    CompileOptions all = new CompileOptions(BATCH, Precision.BF16, memory, 1);
    assertThat(wrong(run(graph, all.without(optimization)), run(graph, all), BF16_BOUND)).isEmpty();
  }

  static Stream<Graph> graphs() {
    return InceptionModules.all().stream();
  }

  @NeedsAvx512(
      because = "the sums of oneDNN's batch norm round twice as much with AVX2 (decision 0155)")
  @ParameterizedTest
  @MethodSource("graphs")
  void theProgramWithAllOfThemAgreesWithFloat64(Graph graph) {
    Map<String, double[]> expected = reference(graph);
    for (Memory memory : Memory.values()) {
      Map<String, double[]> got = run(graph, new CompileOptions(BATCH, Precision.F32, memory, 1));
      assertThat(wrong(expected, got, F32_BOUND)).as("memory %s", memory).isEmpty();
    }
  }

  @Test
  void optionsLeaveOutWhatTheyAreToldTo() {
    CompileOptions all = new CompileOptions(1, Precision.F32, Memory.NORMAL, 1);
    for (Optimization o : Optimization.values()) {
      assertThat(all.with(o)).isTrue();
      assertThat(all.without(o).with(o)).isFalse();
      assertThat(Optimization.of(o.label())).contains(o);
    }
  }

  @Test
  void branchesThatEndInAConvolutionAreNotCopiedForInference() {
    Graph graph = InceptionModules.factorised();
    CompileOptions all = new CompileOptions(BATCH, Precision.F32, Memory.NORMAL, 1);
    assertThat(copies(graph, all)).containsExactly("b");
    assertThat(copies(graph, all.without(Optimization.CONCAT_IN_PLACE)))
        .contains("a.branch3x3", "a.double_3", "a", "b");
  }

  private static List<String> copies(Graph graph, CompileOptions options) {
    try (TrainingProgram training =
            Compilation.training(graph, new SoftmaxCrossEntropy(0), BACKEND, options);
        InferenceProgram program =
            Compilation.inference(graph, training.weights(), BACKEND, options)) {
      return program.report().primitives().stream()
          .filter(p -> p.kind().equals("concat") || p.kind().equals("reorder"))
          .map(ProgramReport.Primitive::node)
          .filter(n -> !n.contains("flatten"))
          .toList();
    }
  }

  /** Loss, gradients and running statistics of a second step, and logits after it. */
  private static Map<String, double[]> run(Graph graph, CompileOptions options) {
    Map<String, double[]> values = new LinkedHashMap<>();
    try (TrainingProgram program =
        Compilation.training(graph, new SoftmaxCrossEntropy(0), BACKEND, options)) {
      NamedValues.parameters(graph).forEach((name, v) -> program.weights().write(name, floats(v)));
      float[] targets = floats(NamedValues.targets(BATCH, graph.classes()));
      program.run(bytes(otherImages(graph), program.inputType()), targets, SEED);
      ByteBuffer images = bytes(NamedValues.images(BATCH, graph.inputShape()), program.inputType());
      StepResult step = program.run(images, targets, SEED);
      values.put("loss", new double[] {step.loss()});
      for (ParamSpec p : graph.params()) {
        boolean trained = p.role().trainable();
        float[] value = (trained ? program.gradients() : program.weights()).read(p.name());
        values.put((trained ? "gradient " : "") + p.name(), doubles(value));
      }
      try (InferenceProgram inference =
          Compilation.inference(graph, program.weights(), BACKEND, options)) {
        float[] logits = new float[BATCH * graph.classes()];
        inference.run(images, logits);
        values.put("logits", doubles(logits));
      }
    }
    return values;
  }

  private static Map<String, double[]> reference(Graph graph) {
    ReferenceProgram program =
        new ReferenceProgram(
            Gradients.of(graph, new SoftmaxCrossEntropy(0)), BATCH, NamedValues.parameters(graph));
    double[] targets = NamedValues.targets(BATCH, graph.classes());
    double[] images = NamedValues.images(BATCH, graph.inputShape());
    program.step(otherImages(graph), targets, SEED);
    Map<String, double[]> values = new LinkedHashMap<>();
    values.put("loss", new double[] {program.step(images, targets, SEED).loss()});
    program.gradients().forEach((name, g) -> values.put("gradient " + name, g));
    for (ParamSpec p : graph.params()) {
      if (!p.role().trainable()) {
        values.put(p.name(), Objects.requireNonNull(program.parameters().get(p.name())));
      }
    }
    values.put("logits", ReferenceProgram.infer(graph, program.parameters(), images));
    return values;
  }

  private static List<String> wrong(
      Map<String, double[]> expected, Map<String, double[]> got, double bound) {
    assertThat(got).containsOnlyKeys(expected.keySet());
    double gradients =
        Math.sqrt(
            expected.entrySet().stream()
                .filter(e -> e.getKey().startsWith("gradient "))
                .mapToDouble(e -> squares(e.getValue()))
                .sum());
    assertThat(gradients).isGreaterThan(0.01);
    List<String> wrong = new ArrayList<>();
    expected.forEach(
        (what, right) -> {
          double[] other = Objects.requireNonNull(got.get(what));
          double[] difference = new double[right.length];
          Arrays.setAll(difference, i -> other[i] - right[i]);
          double floor = what.startsWith("gradient ") ? 0.1 * gradients : 1e-6;
          double error = Math.sqrt(squares(difference)) / (Math.sqrt(squares(right)) + floor);
          if (!(error <= bound)) {
            wrong.add(String.format("%s is off by %.2e", what, error));
          }
        });
    return wrong;
  }

  private static double squares(double[] values) {
    return Arrays.stream(values).map(v -> v * v).sum();
  }

  private static double[] otherImages(Graph graph) {
    double[] images = NamedValues.images(BATCH, graph.inputShape());
    for (int i = 0; i < images.length / 2; i++) {
      double swapped = images[i];
      images[i] = images[images.length - 1 - i];
      images[images.length - 1 - i] = swapped;
    }
    return images;
  }
}
