package dev.fovea.bench.growth;

import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.Sgd;
import dev.fovea.optim.UpdateRule;
import dev.fovea.optim.Updater;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.StepExchange;
import dev.fovea.program.TrainingProgram;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Measures a training step on this machine alone, and when its gradients are complete. */
final class StepProfile {
  private static final int WARM_UP = 3;

  private final TrainingProgram program;
  private final Updater updater;
  private final ByteBuffer images;
  private final float[] targets;
  private long step;

  private StepProfile(TrainingProgram program, Graph graph, int batch) {
    this.program = program;
    this.updater =
        new Updater(program, UpdateRule.of(Sgd.nesterov(0.9), ParameterGroups.decayAll(1e-4)));
    long values = graph.inputShape().elements() * batch;
    this.images =
        ByteBuffer.allocateDirect(Math.toIntExact(values * program.inputType().bytes()))
            .order(ByteOrder.nativeOrder());
    this.targets = new float[batch * graph.classes()];
    for (int i = 0; i < batch; i++) {
      targets[i * graph.classes() + i % graph.classes()] = 1;
    }
  }

  /** Medians over as many steps, with images that are there already. */
  static GrowthModel of(Graph graph, CompileOptions options, int steps) {
    try (TrainingProgram program =
        Compilation.training(graph, new SoftmaxCrossEntropy(0), new OneDnnBackend(), options)) {
      for (ParamSpec spec : program.weights().specs()) {
        program.weights().write(spec.name(), spec.initialValues(1));
      }
      return new StepProfile(program, graph, options.batch()).measure(steps);
    }
  }

  private GrowthModel measure(int steps) {
    List<FloatBuffer> buckets = program.gradientBuckets();
    // Of each step: when each bucket was ready, the end of the backward pass, that of the update.
    double[][] seen = new double[buckets.size() + 2][steps];
    for (int i = -WARM_UP; i < steps; i++) {
      double[] times = times(buckets.size());
      for (int k = 0; k < times.length && i >= 0; k++) {
        seen[k][i] = times[k];
      }
    }
    List<GrowthModel.Piece> pieces = new ArrayList<>();
    for (int k = 0; k < buckets.size(); k++) {
      pieces.add(
          new GrowthModel.Piece(median(seen[k]), (long) Float.BYTES * buckets.get(k).remaining()));
    }
    long statistics =
        program.runningStatistics().stream()
            .mapToLong(s -> (long) Float.BYTES * s.remaining())
            .sum();
    return new GrowthModel(
        pieces, median(seen[buckets.size()]), median(seen[buckets.size() + 1]), statistics);
  }

  private double[] times(int buckets) {
    double[] times = new double[buckets + 2];
    long from = System.nanoTime();
    StepExchange watch =
        new StepExchange() {
          @Override
          public void sum(FloatBuffer values) {
            // One summand is its own sum.
          }

          @Override
          public void ready(int bucket) {
            times[bucket] = (System.nanoTime() - from) / 1e9;
          }
        };
    program.run(images, targets, step, watch);
    times[buckets] = (System.nanoTime() - from) / 1e9;
    updater.step(step++, 0.001);
    times[buckets + 1] = (System.nanoTime() - from) / 1e9;
    return times;
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
