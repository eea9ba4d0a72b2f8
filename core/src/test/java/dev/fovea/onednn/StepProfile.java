package dev.fovea.onednn;

import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.Sgd;
import dev.fovea.optim.UpdateRule;
import dev.fovea.optim.Updater;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.Precision;
import dev.fovea.program.ProgramReport.Primitive;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * Where a training step's time goes: {@code StepProfile MODEL BATCH F32|BF16} prints milliseconds
 * per kind of primitive, and the share outside convolutions.
 */
final class StepProfile {
  private static final int WARM_UP = 3;
  private static final int STEPS = 8;

  private StepProfile() {}

  /** Measures and prints. */
  public static void main(String[] args) {
    Graph graph = Models.graph(args[0]);
    int batch = Integer.parseInt(args[1]);
    CompileOptions options =
        new CompileOptions(batch, Precision.valueOf(args[2]), Memory.NORMAL, 2);
    try (TrainingProgram program =
        Compilation.training(graph, new SoftmaxCrossEntropy(0), new OneDnnBackend(), options)) {
      graph.params().forEach(p -> program.weights().write(p.name(), p.initialValues(1)));
      Updater updater =
          new Updater(program, UpdateRule.of(Sgd.nesterov(0.9), ParameterGroups.decayAll(1e-4)));
      ByteBuffer images = images(batch * graph.inputShape().elements(), program.inputType());
      float[] targets = new float[batch * graph.classes()];
      List<Primitive> primitives = program.report().primitives();
      long[] nanos = new long[primitives.size()];
      long update = 0;
      for (int i = 0; i < WARM_UP + STEPS; i++) {
        if (i == WARM_UP) {
          Arrays.fill(nanos, 0);
          update = 0;
        }
        program.profile(images, targets, i, nanos);
        long start = System.nanoTime();
        updater.step(i, 0.01);
        update += System.nanoTime() - start;
      }
      print(primitives, nanos, update);
    }
  }

  static ByteBuffer images(long values, DType type) {
    Random random = new Random(1);
    ByteBuffer images =
        ByteBuffer.allocateDirect(Math.toIntExact(values * type.bytes()))
            .order(ByteOrder.nativeOrder());
    while (images.hasRemaining()) {
      float value = (float) random.nextGaussian();
      if (type == DType.BF16) {
        images.putShort(DType.toBf16(value));
      } else {
        images.putFloat(value);
      }
    }
    return images.flip();
  }

  private static void print(List<Primitive> primitives, long[] nanos, long update) {
    Map<String, Double> byKind = new TreeMap<>();
    double convolutions = 0;
    for (int i = 0; i < nanos.length; i++) {
      Primitive p = primitives.get(i);
      double ms = nanos[i] / 1e6 / STEPS;
      byKind.merge(p.kind() + " by " + p.implementation(), ms, Double::sum);
      convolutions += p.kind().startsWith("convolution") ? ms : 0;
    }
    byKind.put("update by java", update / 1e6 / STEPS);
    double all = byKind.values().stream().mapToDouble(Double::doubleValue).sum();
    byKind.forEach((kind, ms) -> System.out.printf("%9.2f ms  %s%n", ms, kind));
    System.out.printf(
        "%9.2f ms in all, %.1f %% outside convolutions%n", all, 100 * (1 - convolutions / all));
  }
}
