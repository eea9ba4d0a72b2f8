package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NamedValues;
import dev.fovea.OpCases;
import dev.fovea.OpCases.OpCase;
import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.Sgd;
import dev.fovea.optim.UpdateRule;
import dev.fovea.optim.Updater;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.Precision;
import dev.fovea.program.TrainingProgram;
import dev.fovea.reference.ReferenceOptimizers;
import dev.fovea.reference.ReferenceProgram;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** A short run of the engine and of the interpreter from the same weights stay together. */
class FiftyStepsTest {
  private static final int BATCH = 16;
  private static final int STEPS = 50;
  private static final double RATE = 0.01;
  private static final double DECAY = 1e-4;

  @Test
  void theLossOfFiftyStepsInBinary32FollowsTheInterpreter() {
    Graph graph =
        OpCases.all().stream()
            .filter(c -> c.line().startsWith("residual-b n=4"))
            .map(OpCase::graph)
            .findFirst()
            .orElseThrow();
    Map<String, double[]> parameters = NamedValues.parameters(graph);
    ReferenceProgram reference =
        new ReferenceProgram(Gradients.of(graph, new SoftmaxCrossEntropy(0.1)), BATCH, parameters);
    ReferenceOptimizers.Sgd sgd = new ReferenceOptimizers.Sgd(0.9, 0, DECAY, true);
    CompileOptions options = new CompileOptions(BATCH, Precision.F32, Memory.NORMAL, 2);
    try (TrainingProgram program =
        Compilation.training(graph, new SoftmaxCrossEntropy(0.1), new OneDnnBackend(), options)) {
      parameters.forEach((name, v) -> program.weights().write(name, floats(v)));
      Updater updater =
          new Updater(program, UpdateRule.of(Sgd.nesterov(0.9), ParameterGroups.decayAll(DECAY)));
      double[] targets = NamedValues.targets(BATCH, graph.classes());
      for (int step = 0; step < STEPS; step++) {
        double[] images = images(graph, step);
        double expected = reference.step(images, targets, step).loss();
        double got = program.run(buffer(images), floats(targets), step).loss();
        assertThat(Math.abs(got - expected) / expected).as("step %d", step).isLessThan(1e-4);
        sgd.step(reference, RATE);
        updater.step(step, RATE);
      }
    }
  }

  // A new batch at every step: the pattern of each picture's class, and as much noise.
  private static double[] images(Graph graph, int step) {
    int perImage = Math.toIntExact(graph.inputShape().elements());
    double[] values = NamedValues.of("batch " + step, (long) BATCH * perImage);
    for (int n = 0; n < BATCH; n++) {
      double[] pattern = NamedValues.of("class " + (37 * n + 5) % graph.classes(), perImage);
      for (int i = 0; i < perImage; i++) {
        values[n * perImage + i] = (float) (values[n * perImage + i] + pattern[i]);
      }
    }
    return values;
  }

  private static ByteBuffer buffer(double[] values) {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(values.length * Float.BYTES).order(ByteOrder.nativeOrder());
    for (double v : values) {
      buffer.putFloat((float) v);
    }
    return buffer.flip();
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }
}
