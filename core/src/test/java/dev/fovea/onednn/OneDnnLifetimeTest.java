package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.program.ProgramException;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Native memory: who frees it, what happens after that, and what is refused before it is taken. */
class OneDnnLifetimeTest {
  private static final OneDnnBackend BACKEND = new OneDnnBackend();
  private static final Graph GRAPH = Models.graph("resnet20", 10, Shape.of(3, 8, 8));
  private static final int BATCH = 4;

  private static CompileOptions options(int batch) {
    return new CompileOptions(batch, Precision.F32, Memory.NORMAL, 1);
  }

  private static TrainingProgram training() {
    return Compilation.training(GRAPH, new SoftmaxCrossEntropy(0), BACKEND, options(BATCH));
  }

  private static ByteBuffer images() {
    return ByteBuffer.allocateDirect(BATCH * 3 * 8 * 8 * Float.BYTES);
  }

  @Test
  void closingFreesEverythingThatWasMade() {
    int before = Owner.open();
    int leaked = Owner.leaked();
    try (TrainingProgram program = training()) {
      program.allocate(p -> true);
      try (InferenceProgram inference =
          Compilation.inference(GRAPH, program.weights(), BACKEND, options(BATCH))) {
        inference.run(images(), new float[BATCH * 10]);
        program.run(images(), new float[BATCH * 10], 0);
        assertThat(Owner.open()).isGreaterThan(before);
      }
    }
    try (ParameterSet parameters = BACKEND.parameters(GRAPH)) {
      parameters.write("linear.bias", new float[10]);
    }
    assertThat(Owner.open()).isEqualTo(before);
    assertThat(Owner.leaked()).isEqualTo(leaked);
  }

  /** Each round takes some 40 MiB, so that a round that is not given back shows. */
  @Test
  void programsOpenedAndClosedManyTimesLeaveNothing() throws IOException {
    int large = 256;
    ByteBuffer images = ByteBuffer.allocateDirect(large * 3 * 8 * 8 * Float.BYTES);
    int open = Owner.open();
    int leaked = Owner.leaked();
    long resident = 0;
    for (int round = 0; round < 24; round++) {
      try (TrainingProgram program =
              Compilation.training(GRAPH, new SoftmaxCrossEntropy(0), BACKEND, options(large));
          InferenceProgram inference =
              Compilation.inference(GRAPH, program.weights(), BACKEND, options(large))) {
        program.run(images, new float[large * 10], 0);
        inference.run(images, new float[large * 10]);
      }
      assertThat(Owner.open()).as("owners after round %d", round).isEqualTo(open);
      if (round == 7) {
        System.gc();
        resident = residentBytes();
      }
    }
    System.gc();
    assertThat(residentBytes() - resident).as("growth over 16 rounds").isLessThan(100L << 20);
    assertThat(Owner.leaked()).isEqualTo(leaked);
  }

  @Test
  void anOwnerThatIsDroppedUnclosedIsFoundByTheCollector() throws InterruptedException {
    int leaked = Owner.leaked();
    drop();
    for (int wait = 0; wait < 200 && Owner.leaked() == leaked; wait++) {
      System.gc();
      Thread.sleep(20);
    }
    assertThat(Owner.leaked()).isEqualTo(leaked + 1);
  }

  private static void drop() {
    assertThat(new Owner("dropped on purpose").closed()).isFalse();
  }

  private static long residentBytes() throws IOException {
    String status = Files.readString(Path.of("/proc/self/status"));
    return 1024 * Long.parseLong(status.replaceAll("(?s).*VmRSS:\\s*(\\d+).*", "$1"));
  }

  @Test
  void closingTwiceIsHarmless() {
    TrainingProgram program = training();
    program.close();
    program.close();
    ParameterSet parameters = BACKEND.parameters(GRAPH);
    parameters.close();
    parameters.close();
  }

  @Test
  void useAfterCloseIsAnErrorThatSaysSo() {
    TrainingProgram program = training();
    ParameterSet weights = program.weights();
    InferenceProgram inference = Compilation.inference(GRAPH, weights, BACKEND, options(BATCH));
    program.close();
    assertThatThrownBy(() -> program.run(images(), new float[BATCH * 10], 0))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> weights.read("linear.bias")).hasMessageContaining("closed");
    assertThatThrownBy(() -> weights.write("linear.bias", new float[10]))
        .hasMessageContaining("closed");
    assertThatThrownBy(() -> program.allocate(p -> true)).hasMessageContaining("closed");
    assertThatThrownBy(() -> program.forEachBlock(List.of(weights), List.of(), (s, b, n) -> {}))
        .hasMessageContaining("closed");
    assertThatThrownBy(program::gradientNorm).hasMessageContaining("closed");
    assertThatThrownBy(() -> inference.run(images(), new float[BATCH * 10]))
        .hasMessageContaining("closed");
    inference.close();
    assertThatThrownBy(() -> inference.run(images(), new float[BATCH * 10]))
        .hasMessageContaining("closed");
  }

  @Test
  void aBatchThatDoesNotFitIsRefusedWithItsNeedBeforeMemoryIsTaken() {
    int before = Owner.open();
    assertThatThrownBy(
            () ->
                Compilation.training(
                    Models.graph("resnet152"), new SoftmaxCrossEntropy(0), BACKEND, options(4096)))
        .isInstanceOf(ProgramException.class)
        .hasMessageContaining("GiB of native memory")
        .hasMessageContaining("learning.batch");
    assertThat(Owner.open()).isEqualTo(before);
  }

  @Test
  void wrongArgumentsAreRefusedBeforeAnythingNativeRuns() {
    try (TrainingProgram program = training()) {
      assertThatThrownBy(() -> program.run(ByteBuffer.allocateDirect(8), new float[BATCH * 10], 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("bytes");
      assertThatThrownBy(() -> program.run(images(), new float[3], 0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("targets");
      assertThatThrownBy(() -> program.weights().write("linear.bias", new float[9]))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("linear.bias");
      assertThatThrownBy(() -> program.weights().read("no.such"))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("no.such");
      assertThatThrownBy(() -> program.gradients().read("bn1.running_mean"))
          .isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void equalStepsGiveEqualBits() {
    float[] first = gradientAfterTwoSteps();
    assertThat(gradientAfterTwoSteps()).containsExactly(first);
  }

  private static float[] gradientAfterTwoSteps() {
    try (TrainingProgram program = training()) {
      GRAPH.params().forEach(p -> program.weights().write(p.name(), p.initialValues(3)));
      ByteBuffer images = images().order(java.nio.ByteOrder.nativeOrder());
      for (int i = 0; i < images.capacity(); i += Float.BYTES) {
        images.putFloat(i, (i % 37) / 37f - 0.5f);
      }
      float[] targets = new float[BATCH * 10];
      for (int n = 0; n < BATCH; n++) {
        targets[n * 10 + n] = 1;
      }
      program.run(images, targets, 0);
      program.run(images, targets, 1);
      return program.gradients().read("conv1.weight");
    }
  }
}
