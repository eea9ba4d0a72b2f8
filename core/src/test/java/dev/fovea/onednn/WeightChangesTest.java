package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.Precision;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** An inference program sees every way in which the weights it was compiled over can change. */
class WeightChangesTest {
  private static final OneDnnBackend BACKEND = new OneDnnBackend();
  private static final Graph GRAPH = Models.graph("resnet20", 10, Shape.of(3, 8, 8));
  private static final int BATCH = 4;
  private static final CompileOptions OPTIONS =
      new CompileOptions(BATCH, Precision.F32, Memory.NORMAL, 1);
  private static final ByteBuffer IMAGES = StepProfile.images(BATCH * 3 * 8 * 8, DType.F32);

  static Stream<Arguments> changes() {
    return Stream.of(
        Arguments.of(
            "one parameter is written",
            change(
                p -> p.weights().write("linear.bias", new float[] {5, 1, 1, 1, 1, 1, 1, 1, 1, 1}))),
        Arguments.of(
            "a kernel moves weights",
            change(
                p ->
                    p.forEachBlock(
                        List.of(p.weights()),
                        List.of(),
                        (spec, b, n) -> {
                          for (int i = 0; i < n; i++) {
                            b[0][i] *= 1.01f;
                          }
                        }))),
        Arguments.of(
            "a step moves running statistics",
            change(p -> p.run(IMAGES, new float[BATCH * 10], 0))),
        Arguments.of("batches are observed", change(p -> p.observe(IMAGES, 0, 1))));
  }

  private static Consumer<TrainingProgram> change(Consumer<TrainingProgram> change) {
    return change;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("changes")
  void theNextRunUsesTheNewWeights(String what, Consumer<TrainingProgram> change) {
    try (TrainingProgram program =
            Compilation.training(GRAPH, new SoftmaxCrossEntropy(0), BACKEND, OPTIONS);
        InferenceProgram kept = Compilation.inference(GRAPH, program.weights(), BACKEND, OPTIONS)) {
      GRAPH.params().forEach(p -> program.weights().write(p.name(), p.initialValues(1)));
      float[] before = logits(kept);
      assertThat(logits(kept)).containsExactly(before);
      change.accept(program);
      float[] after = logits(kept);
      assertThat(after).as(what).isNotEqualTo(before);
      try (InferenceProgram fresh =
          Compilation.inference(GRAPH, program.weights(), BACKEND, OPTIONS)) {
        assertThat(after).as(what).containsExactly(logits(fresh));
      }
    }
  }

  private static float[] logits(InferenceProgram program) {
    float[] logits = new float[BATCH * 10];
    program.run(IMAGES, logits);
    return logits;
  }
}
