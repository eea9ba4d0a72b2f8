package dev.fovea.onednn;

import static dev.fovea.EngineValues.floats;
import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NamedValues;
import dev.fovea.OpCases;
import dev.fovea.OpCases.OpCase;
import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.optim.Adam;
import dev.fovea.optim.Lars;
import dev.fovea.optim.Optimizer;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.RmsProp;
import dev.fovea.optim.Sgd;
import dev.fovea.optim.UpdateRule;
import dev.fovea.optim.Updater;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.Precision;
import dev.fovea.program.TrainingProgram;
import dev.fovea.reference.ReferenceOptimizers;
import dev.fovea.reference.ReferenceOptimizers.History;
import dev.fovea.reference.ReferenceOptimizers.PyTorchRmsProp;
import dev.fovea.reference.ReferenceOptimizers.Rule;
import dev.fovea.reference.ReferenceOptimizers.TensorFlowRmsProp;
import dev.fovea.reference.ReferenceProgram;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A short run of the engine and of the interpreter from the same weights stay together. */
class FiftyStepsTest {
  private static final int BATCH = 16;
  private static final int STEPS = 50;
  private static final double RATE = 0.01;
  private static final double DECAY = 1e-4;

  @Test
  void theLossOfFiftyStepsInBinary32FollowsTheInterpreter() {
    compare(
        UpdateRule.of(Sgd.nesterov(0.9), ParameterGroups.decayAll(DECAY)),
        new ReferenceOptimizers.Sgd(0.9, 0, DECAY, true),
        STEPS);
  }

  record Case(Optimizer optimizer, Rule formulas) {
    @Override
    public String toString() {
      return optimizer.toString();
    }
  }

  // Adam with an epsilon above rounding noise, which it would otherwise make steps of.
  static Stream<Case> optimizers() {
    return Stream.of(
        new Case(RmsProp.inception(), new TensorFlowRmsProp(0.9, 0.9, 1, DECAY, new History())),
        new Case(
            new RmsProp(0.9, 0.5, 1e-2, RmsProp.Form.PYTORCH),
            new PyTorchRmsProp(0.9, 0.5, 1e-2, DECAY, new History())),
        new Case(
            new Adam(0.9, 0.999, 1e-2, false),
            new ReferenceOptimizers.Adam(0.9, 0.999, 1e-2, DECAY, false, new History())),
        new Case(
            new Lars(0.9, 1),
            new ReferenceOptimizers.Lars(
                0.9,
                1,
                DECAY,
                name -> graph().params().stream().anyMatch(p -> isWeight(p, name)),
                new History())));
  }

  private static boolean isWeight(ParamSpec spec, String name) {
    return spec.name().equals(name) && spec.role() == ParamSpec.Role.WEIGHT;
  }

  @ParameterizedTest
  @MethodSource("optimizers")
  void tenStepsOfEveryOtherOptimizerFollowTheInterpreter(Case c) {
    UpdateRule rule = UpdateRule.of(c.optimizer(), ParameterGroups.decayAll(DECAY));
    compare(rule, c.formulas(), 10);
  }

  private static Graph graph() {
    return OpCases.all().stream()
        .filter(c -> c.line().startsWith("residual-b n=4"))
        .map(OpCase::graph)
        .findFirst()
        .orElseThrow();
  }

  private static void compare(UpdateRule rule, Rule formulas, int steps) {
    Graph graph = graph();
    Map<String, double[]> parameters = NamedValues.parameters(graph);
    ReferenceProgram reference =
        new ReferenceProgram(Gradients.of(graph, new SoftmaxCrossEntropy(0.1)), BATCH, parameters);
    CompileOptions options = new CompileOptions(BATCH, Precision.F32, Memory.NORMAL, 2);
    try (TrainingProgram program =
        Compilation.training(graph, new SoftmaxCrossEntropy(0.1), new OneDnnBackend(), options)) {
      parameters.forEach((name, v) -> program.weights().write(name, floats(v)));
      Updater updater = new Updater(program, rule);
      double[] targets = NamedValues.targets(BATCH, graph.classes());
      for (int step = 0; step < steps; step++) {
        double[] images = images(graph, step);
        double expected = reference.step(images, targets, step).loss();
        double got = program.run(buffer(images), floats(targets), step).loss();
        assertThat(Math.abs(got - expected) / expected).as("step %d", step).isLessThan(1e-4);
        formulas.step(reference, RATE);
        updater.step(step, RATE);
      }
    }
  }

  // A new batch at every step: the pattern of each image's class, and as much noise.
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
}
