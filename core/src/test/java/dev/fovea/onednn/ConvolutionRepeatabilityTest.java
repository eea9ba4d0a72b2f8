package dev.fovea.onednn;

import static dev.fovea.EngineValues.bytes;
import static dev.fovea.EngineValues.floats;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NamedValues;
import dev.fovea.NeedsBf16;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.onednn.OneConvolution.Values;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.Precision;
import dev.fovea.program.TrainingProgram;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * With fast convolutions, too, a step has the same bits whenever it is run: again, after another
 * step, by another program, and beside other programs.
 */
class ConvolutionRepeatabilityTest {
  private static final OneDnnBackend BACKEND = new OneDnnBackend();
  private static final int BATCH = 3;

  /** One convolution of every kind, with fewer tiles than threads and with more. */
  static Stream<OneConvolution> convolutions() {
    return Stream.of(
            "n=1 in=32x35x35 out=32 kernel=3x3 pad=1x1",
            "n=5 in=64x2x2 out=64 kernel=3x3 pad=1x1 bias",
            "n=1 in=64x17x17 out=48 kernel=3x3",
            "n=1 in=128x14x14 out=128 kernel=3x3 pad=1x1 bias",
            "n=2 in=256x7x7 out=128 kernel=3x3 pad=1x1",
            "n=2 in=32x14x14 out=48 kernel=5x5 pad=2x2 bias",
            "n=1 in=64x17x17 out=64 kernel=1x7 pad=0x3",
            "n=1 in=64x17x17 out=64 kernel=7x1 pad=3x0",
            "n=2 in=64x8x8 out=32 kernel=1x3 pad=0x1",
            "n=2 in=64x8x8 out=32 kernel=3x1 pad=1x0 bias")
        .map(line -> OneConvolution.of("Conv2d " + line));
  }

  static Stream<Graph> forms() {
    return ConvolutionForms.all().stream();
  }

  static Stream<Graph> concatenationsAndResiduals() {
    return forms().filter(g -> g.name().matches("(concatenation|residual|two).*"));
  }

  private static CompileOptions options(Precision precision, int threads) {
    return new CompileOptions(BATCH, precision, Memory.NORMAL, threads)
        .convolving(ConvolutionAlgorithm.FAST);
  }

  @ParameterizedTest
  @MethodSource("forms")
  void aStepHasTheSameBitsAgainAndAfterRecompilation(Graph graph) {
    repeats(graph, options(Precision.F32, 2));
  }

  @NeedsBf16
  @ParameterizedTest
  @MethodSource("concatenationsAndResiduals")
  void aStepInBfloat16HasTheSameBitsAgainAndAfterRecompilation(Graph graph) {
    repeats(graph, options(Precision.BF16, 1));
  }

  private static void repeats(Graph graph, CompileOptions options) {
    Map<String, float[]> first;
    try (TrainingProgram program = training(graph, options)) {
      first = step(graph, program, options, "input");
      step(graph, program, options, "another");
      same(step(graph, program, options, "input"), first);
      // Beside the first, whose buffers now hold other values.
      try (TrainingProgram other = training(graph, options)) {
        same(step(graph, other, options, "input"), first);
      }
    }
    try (TrainingProgram again = training(graph, options)) {
      same(step(graph, again, options, "input"), first);
    }
  }

  private static void same(Map<String, float[]> got, Map<String, float[]> expected) {
    assertThat(got).containsOnlyKeys(expected.keySet());
    expected.forEach(
        (what, v) -> assertThat(Arrays.equals(got.get(what), v)).as("same %s", what).isTrue());
  }

  private static TrainingProgram training(Graph graph, CompileOptions options) {
    return Compilation.training(graph, new SoftmaxCrossEntropy(0.1), BACKEND, options);
  }

  /** Gradients, statistics and logits of a step from the same weights. */
  private static Map<String, float[]> step(
      Graph graph, TrainingProgram program, CompileOptions options, String images) {
    Map<String, float[]> values = new LinkedHashMap<>();
    NamedValues.parameters(graph).forEach((name, v) -> program.weights().write(name, floats(v)));
    float[] targets = floats(NamedValues.targets(BATCH, graph.classes()));
    double[] pixels = NamedValues.of(images, BATCH * graph.inputShape().elements());
    program.run(bytes(pixels, program.inputType()), targets, 0);
    for (ParamSpec p : graph.params()) {
      values.put(
          p.name(),
          (p.role().trainable() ? program.gradients() : program.weights()).read(p.name()));
    }
    try (InferenceProgram inference =
        Compilation.inference(graph, program.weights(), BACKEND, options)) {
      float[] logits = new float[BATCH * graph.classes()];
      inference.run(bytes(pixels, inference.inputType()), logits);
      values.put("logits", logits);
    }
    return values;
  }

  /**
   * oneDNN may choose the order of a sum by the number of threads: two orders differ by at most
   * what each may be off by. Of fast convolutions alone more is known, see {@link
   * FastConvolutionsAreTakenTest}.
   */
  @ParameterizedTest
  @MethodSource("convolutions")
  void resultsOnOneAndOnSeveralThreadsAreWithinTheirBounds(OneConvolution c) {
    Values one = c.values(c.options(Precision.F32, 1).convolving(ConvolutionAlgorithm.FAST));
    for (int threads : List.of(2, 3)) {
      Values several =
          c.values(c.options(Precision.F32, threads).convolving(ConvolutionAlgorithm.FAST));
      one.values()
          .forEach(
              (what, expected) -> {
                double[] difference = several.of(what).clone();
                for (int i = 0; i < difference.length; i++) {
                  difference[i] -= expected[i];
                }
                double allowed =
                    2
                        * new ConvolutionErrorBound(
                                c.window(), ConvolutionErrorBound.Products.WINOGRAD_F32)
                            .weightGradient(Math.max(c.pixels(), c.channels()));
                assertThat(OneConvolution.rms(difference) / OneConvolution.rms(expected))
                    .as("%s on %d threads", what, threads)
                    .isLessThanOrEqualTo(allowed);
              });
    }
  }
}
