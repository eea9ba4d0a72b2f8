package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.program.StepResult;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.Shape;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** A measured step is the same step. */
class ProfileTest {
  private static final int BATCH = 4;
  private static final Graph GRAPH = Models.graph("resnet20", 10, Shape.of(3, 16, 16));
  private static final CompileOptions OPTIONS =
      new CompileOptions(BATCH, Precision.F32, CompileOptions.Memory.NORMAL, 1);

  private final ByteBuffer images =
      StepProfile.images(BATCH * GRAPH.inputShape().elements(), dev.fovea.tensor.DType.F32);

  private static void fill(ParameterSet weights) {
    weights.specs().forEach(p -> weights.write(p.name(), p.initialValues(1)));
  }

  @Test
  void aMeasuredTrainingStepComputesWhatAnyStepDoesAndTimesEveryPrimitive() {
    float[] targets = new float[BATCH * 10];
    for (int i = 0; i < BATCH; i++) {
      targets[10 * i + i] = 1;
    }
    try (TrainingProgram plain = training();
        TrainingProgram measured = training()) {
      long[] nanos = new long[measured.report().primitives().size()];
      StepResult expected = plain.run(images, targets, 3);
      assertThat(measured.profile(images, targets, 3, nanos)).isEqualTo(expected);
      for (var spec : plain.gradients().specs()) {
        assertThat(measured.gradients().read(spec.name()))
            .as(spec.name())
            .isEqualTo(plain.gradients().read(spec.name()));
      }
      assertThat(nanos).hasSizeGreaterThan(100);
      assertThat(Arrays.stream(nanos).min().orElseThrow()).isNotNegative();
      long[] once = nanos.clone();
      measured.profile(images, targets, 4, nanos);
      assertThat(Arrays.stream(nanos).sum()).isGreaterThan(Arrays.stream(once).sum());
    }
  }

  private static TrainingProgram training() {
    TrainingProgram program =
        Compilation.training(GRAPH, new SoftmaxCrossEntropy(0), new OneDnnBackend(), OPTIONS);
    fill(program.weights());
    return program;
  }

  @Test
  void aMeasuredInferenceStepGivesTheSameLogits() {
    OneDnnBackend backend = new OneDnnBackend();
    try (ParameterSet weights = backend.parameters(GRAPH)) {
      fill(weights);
      try (InferenceProgram program = Compilation.inference(GRAPH, weights, backend, OPTIONS)) {
        float[] expected = new float[BATCH * 10];
        program.run(images, expected);
        float[] logits = new float[BATCH * 10];
        long[] nanos = new long[program.report().primitives().size()];
        program.profile(images, logits, nanos);
        assertThat(logits).isEqualTo(expected);
        assertThat(Arrays.stream(nanos).sum()).isPositive();
      }
    }
  }
}
