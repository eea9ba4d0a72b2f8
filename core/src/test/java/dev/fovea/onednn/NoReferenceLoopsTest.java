package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NeedsAvx512;
import dev.fovea.NeedsBf16;
import dev.fovea.OpCases;
import dev.fovea.OpCases.OpCase;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.program.AttributionProgram;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.Precision;
import dev.fovea.program.ProgramReport.Primitive;
import dev.fovea.program.TrainingProgram;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * oneDNN's reference loops are a hundred times slower than its generated code and never meant to
 * run.
 */
@NeedsAvx512(because = "which operations have generated code depends on the instruction set")
class NoReferenceLoopsTest {
  private static final OneDnnBackend BACKEND = new OneDnnBackend();

  // Local response norm over other than 5 channels has no generated code; no network has it.
  static Stream<OpCase> cases() {
    return OpCases.all().stream().filter(c -> !c.line().contains("size=3"));
  }

  static Stream<String> networks() {
    return Stream.of(
        "resnet20",
        "resnet56(shortcut=B)",
        "resnet18",
        "resnet50",
        "preact_resnet164",
        "wrn_16_4",
        "googlenet",
        "googlenet_paper",
        "bn_inception",
        "inception_v3",
        "vgg16_bn");
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyCaseRunsGeneratedCode(OpCase c) {
    check(c.graph(), c.batch(), Precision.F32);
  }

  @NeedsBf16
  @ParameterizedTest
  @MethodSource("cases")
  void everyCaseRunsGeneratedCodeInBfloat16(OpCase c) {
    check(c.graph(), c.batch(), Precision.BF16);
  }

  @ParameterizedTest
  @MethodSource("networks")
  void everyKindOfNetworkRunsGeneratedCode(String name) {
    check(Models.graph(name), 2, Precision.F32);
  }

  @NeedsBf16
  @ParameterizedTest
  @MethodSource("networks")
  void everyKindOfNetworkRunsGeneratedCodeInBfloat16(String name) {
    check(Models.graph(name), 2, Precision.BF16);
  }

  private static void check(Graph graph, int batch, Precision precision) {
    CompileOptions options = new CompileOptions(batch, precision, Memory.NORMAL, 1);
    try (TrainingProgram training =
            Compilation.training(graph, new SoftmaxCrossEntropy(0), BACKEND, options);
        InferenceProgram inference =
            Compilation.inference(graph, training.weights(), BACKEND, options)) {
      assertThat(slow(training.report().primitives())).as("training").isEmpty();
      assertThat(slow(inference.report().primitives())).as("inference").isEmpty();
      if (precision == Precision.F32) {
        try (AttributionProgram attribution =
            Compilation.attribution(
                graph, training.weights(), BACKEND, options, Set.of(graph.input().name()))) {
          assertThat(slow(attribution.report().primitives())).as("attribution").isEmpty();
        }
      }
    }
  }

  private static List<Primitive> slow(List<Primitive> primitives) {
    return primitives.stream().filter(p -> p.implementation().startsWith("ref")).toList();
  }
}
