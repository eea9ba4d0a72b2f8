package dev.fovea.optim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.GoldenFile;
import dev.fovea.NamedValues;
import dev.fovea.NeedsAvx512;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.Precision;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The update rule on the fast engine against ten steps of PyTorch's in float64. */
class GoldenCurveTest {

  @NeedsAvx512(because = "added in another order, an element of this network changes sides")
  @Test
  void tenStepsOfResNet20FollowPyTorchsLosses() {
    GoldenFile golden = GoldenFile.of("resnet20");
    int size = golden.images().trainSize();
    Graph graph = Models.graph("resnet20", golden.images().classes(), Shape.of(3, size, size));
    // Fast convolutions round differently, and ten steps multiply that beyond this bound (0154).
    CompileOptions options =
        new CompileOptions(golden.batch(), Precision.F32, Memory.NORMAL, 1)
            .convolving(ConvolutionAlgorithm.DIRECT);
    UpdateRule rule = UpdateRule.of(Sgd.nesterov(0.9), ParameterGroups.decayAll(1e-4));
    try (TrainingProgram program =
        Compilation.training(graph, new SoftmaxCrossEntropy(0.1), new OneDnnBackend(), options)) {
      Map<String, double[]> start = NamedValues.parameters(graph);
      for (ParamSpec spec : program.weights().specs()) {
        program
            .weights()
            .write(spec.name(), floats(start.getOrDefault(spec.name(), new double[0])));
      }
      ByteBuffer images = direct(NamedValues.images(golden.batch(), graph.inputShape()));
      float[] targets = floats(NamedValues.targets(golden.batch(), graph.classes()));
      Updater updater = new Updater(program, rule);
      for (int step = 0; step < golden.curve().length; step++) {
        double expected = golden.curve()[step];
        double loss = program.run(images, targets, 0).loss();
        assertThat(loss).as("loss of step %d", step).isCloseTo(expected, within(1e-5 * expected));
        updater.step(step, 0.01);
      }
    }
  }

  private static ByteBuffer direct(double[] values) {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(values.length * Float.BYTES).order(ByteOrder.nativeOrder());
    buffer.asFloatBuffer().put(floats(values));
    return buffer;
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
