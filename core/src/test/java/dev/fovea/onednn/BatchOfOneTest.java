package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.Precision;
import dev.fovea.program.ProgramException;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.Shape;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BatchOfOneTest {
  private static TrainingProgram training(String model, int side, int batch) {
    Graph graph = Models.graph(model, 10, Shape.of(3, side, side));
    return Compilation.training(
        graph,
        new SoftmaxCrossEntropy(0),
        new OneDnnBackend(),
        new CompileOptions(batch, Precision.F32, Memory.NORMAL, 1));
  }

  // resnet20 ends in single norms over 1x1 cells, bn_inception in joint ones over a concatenation.
  @ParameterizedTest
  @ValueSource(strings = {"resnet20 4", "bn_inception 32"})
  void oneValuePerChannelHasNoVariance(String network) {
    String model = network.split(" ")[0];
    int side = Integer.parseInt(network.split(" ")[1]);
    assertThatThrownBy(() -> training(model, side, 1))
        .isInstanceOf(ProgramException.class)
        .hasMessageContaining("at least 2 values per channel")
        .hasMessageContaining("larger batch");
    try (TrainingProgram two = training(model, side, 2)) {
      assertThat(two.report().primitives()).isNotEmpty();
    }
  }
}
