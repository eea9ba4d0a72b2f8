package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.OpCases;
import dev.fovea.OpCases.OpCase;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.Precision;
import dev.fovea.program.ProgramReport.Primitive;
import dev.fovea.program.TrainingProgram;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * oneDNN's reference loops are a hundred times slower than its generated code and never meant to
 * run. Which operations have code depends on the instruction set; what is held here is AVX-512.
 */
class NoReferenceLoopsTest {
  private static final OneDnnBackend BACKEND = new OneDnnBackend();

  // Local response norm over other than 5 channels has no generated code; no network has it.
  static Stream<OpCase> cases() {
    return OpCases.all().stream().filter(c -> !c.line().contains("size=3"));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyCaseRunsGeneratedCode(OpCase c) {
    check(c.graph(), c.batch());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
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
        "vgg16_bn"
      })
  void everyKindOfNetworkRunsGeneratedCode(String name) {
    check(Models.graph(name), 2);
  }

  private static void check(Graph graph, int batch) {
    if (!NativeLibrary.get().isa().avx512()) {
      return;
    }
    List<Precision> precisions = new ArrayList<>(List.of(Precision.F32));
    if (BACKEND.supports(Precision.BF16)) {
      precisions.add(Precision.BF16);
    }
    for (Precision precision : precisions) {
      CompileOptions options = new CompileOptions(batch, precision, Memory.NORMAL, 1);
      try (TrainingProgram training =
              Compilation.training(graph, new SoftmaxCrossEntropy(0), BACKEND, options);
          InferenceProgram inference =
              Compilation.inference(graph, training.weights(), BACKEND, options)) {
        assertThat(slow(training.report().primitives())).as("%s training", precision).isEmpty();
        assertThat(slow(inference.report().primitives())).as("%s inference", precision).isEmpty();
      }
    }
  }

  private static List<Primitive> slow(List<Primitive> primitives) {
    return primitives.stream().filter(p -> p.implementation().startsWith("ref")).toList();
  }
}
