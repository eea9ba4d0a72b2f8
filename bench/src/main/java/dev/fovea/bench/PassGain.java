package dev.fovea.bench;

import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.models.Models;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.passes.SynchronizeStatistics;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.Optimization;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.program.ProgramReport;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * Measures the speedup of optimizations: {@code PassGain train|infer MODEL BATCH F32|BF16 SECONDS
 * LABEL...} alternates between the program with all optimizations and programs without one of the
 * named ones, and prints median times and the median ratio within a round. The label {@code
 * synchronized} stands for batch norms with the statistics of all ranks, of which there is one, so
 * that the ratio is what they cost without a network.
 */
final class PassGain {
  private static final OneDnnBackend BACKEND = new OneDnnBackend();
  private static final String SYNCHRONIZED = "synchronized";

  private record Side(String name, Runnable step, Runnable close, ProgramReport report) {}

  private PassGain() {}

  /** Runs the measurement. */
  public static void main(String[] args) {
    Graph graph = Models.graph(args[1]);
    int batch = Integer.parseInt(args[2]);
    CompileOptions all = new CompileOptions(batch, Precision.valueOf(args[3]), Memory.NORMAL, 2);
    List<Side> sides = new ArrayList<>(List.of(side(args[0], graph, all, "all")));
    for (String label : Arrays.asList(args).subList(5, args.length)) {
      if (label.equals(SYNCHRONIZED)) {
        sides.add(side(args[0], new SynchronizeStatistics().apply(graph), all, label));
        continue;
      }
      CompileOptions options = all;
      for (String one : label.split(",")) {
        options = options.without(Optimization.of(one).orElseThrow());
      }
      sides.add(side(args[0], graph, options, "without " + label));
    }
    measure(args[0] + " " + args[1] + " " + args[2], sides, Double.parseDouble(args[4]));
    sides.forEach(s -> s.close().run());
  }

  private static Side side(String what, Graph graph, CompileOptions options, String name) {
    if (what.equals("infer")) {
      ParameterSet weights = BACKEND.parameters(graph);
      graph.params().forEach(p -> weights.write(p.name(), p.initialValues(1)));
      InferenceProgram program = Compilation.inference(graph, weights, BACKEND, options);
      ByteBuffer images =
          images(options.batch() * graph.inputShape().elements(), program.inputType());
      float[] logits = new float[options.batch() * graph.classes()];
      return new Side(
          name,
          () -> program.run(images, logits),
          () -> {
            program.close();
            weights.close();
          },
          program.report());
    }
    TrainingProgram program =
        Compilation.training(graph, new SoftmaxCrossEntropy(0), BACKEND, options);
    graph.params().forEach(p -> program.weights().write(p.name(), p.initialValues(1)));
    ByteBuffer images =
        images(options.batch() * graph.inputShape().elements(), program.inputType());
    float[] targets = new float[options.batch() * graph.classes()];
    return new Side(name, () -> program.run(images, targets, 0), program::close, program.report());
  }

  private static void measure(String title, List<Side> sides, double seconds) {
    List<double[]> rounds = new ArrayList<>();
    sides.forEach(s -> s.step().run());
    sides.forEach(s -> s.step().run());
    long end = System.nanoTime() + (long) (seconds * 1e9);
    while (System.nanoTime() < end || rounds.size() < 3) {
      double[] round = new double[sides.size()];
      for (int k = 0; k < round.length; k++) {
        // Rotates the order, so that drift favors no side.
        int i = (k + rounds.size()) % round.length;
        long start = System.nanoTime();
        sides.get(i).step().run();
        round[i] = (System.nanoTime() - start) / 1e6;
      }
      rounds.add(round);
    }
    System.out.printf(Locale.ROOT, "%s, %d rounds%n", title, rounds.size());
    for (int i = 0; i < sides.size(); i++) {
      int side = i;
      System.out.printf(
          Locale.ROOT,
          "%9.3f ms  %-40s ratio to all %.4f, fastest %.3f ms, arena %d KiB%n",
          median(rounds.stream().mapToDouble(r -> r[side]).toArray()),
          sides.get(i).name(),
          median(rounds.stream().mapToDouble(r -> r[side] / r[0]).toArray()),
          rounds.stream().mapToDouble(r -> r[side]).min().orElseThrow(),
          sides.get(i).report().arenaBytes() / 1024);
    }
  }

  private static ByteBuffer images(long values, DType type) {
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

  private static double median(double[] values) {
    Arrays.sort(values);
    return values[values.length / 2];
  }
}
