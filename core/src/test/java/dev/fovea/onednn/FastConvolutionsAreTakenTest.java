package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NeedsBf16;
import dev.fovea.OpCases;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Op;
import dev.fovea.models.Models;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.Precision;
import dev.fovea.program.ProgramReport;
import dev.fovea.program.ProgramReport.Primitive;
import dev.fovea.program.TrainingProgram;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Fast convolutions are computed where they should be: a report names the algorithm of every
 * convolution and pass. Without this, the tests of fast convolutions would pass on direct ones.
 */
class FastConvolutionsAreTakenTest {
  private static final OneDnnBackend BACKEND = new OneDnnBackend();
  private static final Set<String> PASSES = Set.of("forward", "backward_data", "backward_weights");

  /** Wide enough that every pass gains in every precision. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "n=16 in=128x28x28 out=128 kernel=3x3 pad=1x1",
        "n=16 in=64x56x56 out=64 kernel=3x3 pad=1x1",
        "n=16 in=96x35x35 out=96 kernel=3x3 pad=1x1"
      })
  void everyPassOfAWideConvolutionIsFastInBinary32(String line) {
    Graph graph = pair(line);
    CompileOptions fast = options(line, Precision.F32, ConvolutionAlgorithm.FAST);
    assertThat(fastPasses(training(graph, fast))).containsExactlyInAnyOrderElementsOf(PASSES);
    assertThat(fastPasses(inference(graph, fast))).isNotEmpty();
    CompileOptions auto = options(line, Precision.F32, ConvolutionAlgorithm.AUTO);
    assertThat(training(graph, auto)).isEqualTo(training(graph, fast));
    assertThat(inference(graph, auto)).isEqualTo(inference(graph, fast));
    CompileOptions direct = options(line, Precision.F32, ConvolutionAlgorithm.DIRECT);
    assertThat(fastPasses(training(graph, direct))).isEmpty();
    assertThat(fastPasses(inference(graph, direct))).isEmpty();
  }

  @NeedsBf16
  @Test
  void productsOfBfloat16AreTakenOnlyWhenAskedFor() {
    String line = "n=16 in=128x28x28 out=128 kernel=3x3 pad=1x1";
    Graph graph = pair(line);
    List<Primitive> asked =
        training(graph, options(line, Precision.BF16, ConvolutionAlgorithm.FAST));
    assertThat(fastPasses(asked)).containsExactlyInAnyOrderElementsOf(PASSES);
    assertThat(asked).anyMatch(p -> isFast(p) && p.algorithm().endsWith(" bf16"));
    for (ConvolutionAlgorithm other :
        List.of(ConvolutionAlgorithm.AUTO, ConvolutionAlgorithm.DIRECT)) {
      assertThat(training(graph, options(line, Precision.BF16, other)))
          .noneMatch(p -> isFast(p) && p.algorithm().endsWith(" bf16"));
    }
  }

  /** Every form of the tests has at least one fast convolution, in training and in inference. */
  @Test
  void everyFormHasAFastConvolution() {
    for (Graph graph : ConvolutionForms.all()) {
      if (graph.name().equals("first convolution")) {
        // Images are planar, and a convolution on them is direct.
        continue;
      }
      CompileOptions options =
          new CompileOptions(3, Precision.F32, Memory.NORMAL, 1)
              .convolving(ConvolutionAlgorithm.FAST);
      assertThat(training(graph, options))
          .as(graph.name())
          .anyMatch(FastConvolutionsAreTakenTest::isFast);
      assertThat(inference(graph, options))
          .as(graph.name())
          .anyMatch(FastConvolutionsAreTakenTest::isFast);
    }
  }

  /** Of the table of single convolutions, most rows are fast: else it would prove nothing. */
  @Test
  void mostRowsOfTheTableAreFast() {
    Map<Boolean, List<String>> rows =
        FastConvolutionTest.table()
            .collect(
                Collectors.partitioningBy(
                    c ->
                        c
                            .report(
                                c.options(Precision.F32, 1).convolving(ConvolutionAlgorithm.FAST),
                                true)
                            .primitives()
                            .stream()
                            .anyMatch(FastConvolutionsAreTakenTest::isFast),
                    Collectors.mapping(OneConvolution::toString, Collectors.toList())));
    assertThat(rows.get(true)).as("direct are %s", rows.get(false)).hasSizeGreaterThan(25);
  }

  @Test
  void stridedPointwiseGroupedAndFirstConvolutionsStayDirect() {
    Graph graph = Models.graph("resnet50");
    CompileOptions options =
        new CompileOptions(2, Precision.F32, Memory.NORMAL, 1)
            .convolving(ConvolutionAlgorithm.FAST);
    Map<String, String> windows =
        graph.nodes().stream()
            .filter(n -> n.op() instanceof Op.Conv2d)
            .collect(
                Collectors.toMap(n -> n.name(), n -> ((Op.Conv2d) n.op()).window().toString()));
    List<Primitive> fast =
        training(graph, options).stream().filter(FastConvolutionsAreTakenTest::isFast).toList();
    assertThat(fast).isNotEmpty().allMatch(p -> "3x3/1 p1".equals(windows.get(p.node())));
  }

  static Stream<OneConvolution> convolutions() {
    return ConvolutionRepeatabilityTest.convolutions();
  }

  @ParameterizedTest
  @MethodSource("convolutions")
  void aFastConvolutionHasTheSameBitsOnAnyNumberOfThreads(OneConvolution c) {
    hasTheSameBitsOnAnyNumberOfThreads(c, Precision.F32);
  }

  @NeedsBf16
  @ParameterizedTest
  @MethodSource("convolutions")
  void aFastConvolutionInBfloat16HasTheSameBitsOnAnyNumberOfThreads(OneConvolution c) {
    hasTheSameBitsOnAnyNumberOfThreads(c, Precision.BF16);
  }

  private static void hasTheSameBitsOnAnyNumberOfThreads(OneConvolution c, Precision precision) {
    float[] one = c.result(c.options(precision, 1).convolving(ConvolutionAlgorithm.FAST));
    for (int threads : List.of(2, 3)) {
      CompileOptions options = c.options(precision, threads).convolving(ConvolutionAlgorithm.FAST);
      if (c.report(options, false).primitives().stream()
          .anyMatch(FastConvolutionsAreTakenTest::isFast)) {
        assertThat(Arrays.equals(c.result(options), one)).as("%d threads", threads).isTrue();
      }
    }
  }

  /** Scratch space of every thread is part of the plan, and so of what is checked beforehand. */
  @Test
  void theArenaGrowsWithTheThreads() {
    Graph graph = pair("n=16 in=128x28x28 out=128 kernel=3x3 pad=1x1");
    assertThat(arenaBytes(graph, 32)).isGreaterThan(arenaBytes(graph, 1));
  }

  private static long arenaBytes(Graph graph, int threads) {
    CompileOptions options =
        new CompileOptions(16, Precision.F32, Memory.NORMAL, threads)
            .convolving(ConvolutionAlgorithm.FAST);
    try (TrainingProgram program =
        Compilation.training(graph, new SoftmaxCrossEntropy(0), BACKEND, options)) {
      return program.report().arenaBytes();
    }
  }

  // Behind a pointwise convolution, so that it has a gradient of its source.
  private static Graph pair(String line) {
    return OpCases.parse("Conv2d " + line).graph();
  }

  private static CompileOptions options(
      String line, Precision precision, ConvolutionAlgorithm algorithm) {
    int batch = Integer.parseInt(line.replaceAll("n=(\\d+) .*", "$1"));
    return new CompileOptions(batch, precision, Memory.NORMAL, 1).convolving(algorithm);
  }

  private static List<Primitive> training(Graph graph, CompileOptions options) {
    try (TrainingProgram program =
        Compilation.training(graph, new SoftmaxCrossEntropy(0), BACKEND, options)) {
      return program.report().primitives();
    }
  }

  private static List<Primitive> inference(Graph graph, CompileOptions options) {
    try (TrainingProgram weights =
            Compilation.training(graph, new SoftmaxCrossEntropy(0), BACKEND, options);
        InferenceProgram program =
            Compilation.inference(graph, weights.weights(), BACKEND, options)) {
      ProgramReport report = program.report();
      return report.primitives();
    }
  }

  private static boolean isFast(Primitive p) {
    return p.convolves() && !p.algorithm().equals(ProgramReport.DIRECT);
  }

  private static Set<String> fastPasses(List<Primitive> primitives) {
    return primitives.stream()
        .filter(FastConvolutionsAreTakenTest::isFast)
        .map(p -> p.kind().replaceAll("convolution (\\w+).*", "$1"))
        .collect(Collectors.toSet());
  }
}
