package dev.fovea.app.command;

import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.optim.ParameterGroups;
import dev.fovea.optim.Sgd;
import dev.fovea.optim.UpdateRule;
import dev.fovea.optim.Updater;
import dev.fovea.program.Backend;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.ProgramReport;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;

/** Times the steps of a compiled network on random images. */
final class Benchmark {
  /** Steps before the clock starts, in which caches and the JIT compiler warm up. */
  private static final int WARM_UP = 3;

  /** The end of the measurement: whichever limit is reached first. */
  record Limit(int steps, double seconds) {}

  /**
   * Times of steps in seconds.
   *
   * @param ninetieth nine of ten steps took at most this
   */
  record Result(
      double median,
      double fastest,
      double ninetieth,
      int steps,
      double compileSeconds,
      ProgramReport report) {}

  private interface Step {
    void run(int number);
  }

  private Benchmark() {}

  /** Forward, backward and an update with momentum. */
  static Result training(Graph graph, Backend backend, CompileOptions options, Limit limit) {
    long start = System.nanoTime();
    try (TrainingProgram program =
        Compilation.training(graph, new SoftmaxCrossEntropy(0), backend, options)) {
      fill(program.weights());
      Updater updater =
          new Updater(
              program, UpdateRule.of(new Sgd(0.9, 0, false), ParameterGroups.decayAll(1e-4)));
      double compiled = (System.nanoTime() - start) / 1e9;
      ByteBuffer images = images(graph, options.batch(), program.inputType());
      float[] targets = targets(graph, options.batch());
      double[] times =
          times(
              limit,
              n -> {
                program.run(images, targets, n);
                updater.step(n, 1e-3);
              });
      return result(times, compiled, program.report());
    }
  }

  /** Forward with folded batch norms. */
  static Result inference(Graph graph, Backend backend, CompileOptions options, Limit limit) {
    long start = System.nanoTime();
    try (ParameterSet weights = backend.parameters(graph)) {
      fill(weights);
      try (InferenceProgram program = Compilation.inference(graph, weights, backend, options)) {
        double compiled = (System.nanoTime() - start) / 1e9;
        ByteBuffer images = images(graph, options.batch(), program.inputType());
        float[] logits = new float[options.batch() * graph.classes()];
        double[] times = times(limit, n -> program.run(images, logits));
        return result(times, compiled, program.report());
      }
    }
  }

  private static void fill(ParameterSet weights) {
    for (ParamSpec p : weights.specs()) {
      weights.write(p.name(), p.initialValues(1));
    }
  }

  private static double[] times(Limit limit, Step step) {
    for (int n = 0; n < WARM_UP; n++) {
      step.run(n);
    }
    double[] times = new double[1024];
    int count = 0;
    long begin = System.nanoTime();
    while (count < limit.steps()
        && (count == 0 || System.nanoTime() - begin < limit.seconds() * 1e9)) {
      if (count == times.length) {
        times = Arrays.copyOf(times, 2 * count);
      }
      long t = System.nanoTime();
      step.run(WARM_UP + count);
      times[count++] = (System.nanoTime() - t) / 1e9;
    }
    return Arrays.copyOf(times, count);
  }

  private static Result result(double[] times, double compiled, ProgramReport report) {
    Arrays.sort(times);
    int n = times.length;
    double median = n % 2 == 1 ? times[n / 2] : (times[n / 2 - 1] + times[n / 2]) / 2;
    return new Result(median, times[0], times[(int) Math.ceil(0.9 * n) - 1], n, compiled, report);
  }

  private static ByteBuffer images(Graph graph, int batch, DType type) {
    int n = Math.toIntExact(batch * graph.inputShape().elements());
    ByteBuffer b =
        ByteBuffer.allocateDirect(Math.multiplyExact(n, type.bytes()))
            .order(ByteOrder.nativeOrder());
    Random random = new Random(1);
    for (int i = 0; i < n; i++) {
      float v = (float) random.nextGaussian();
      if (type == DType.BF16) {
        b.putShort(2 * i, DType.toBf16(v));
      } else {
        b.putFloat(4 * i, v);
      }
    }
    return b;
  }

  private static float[] targets(Graph graph, int batch) {
    float[] t = new float[batch * graph.classes()];
    for (int i = 0; i < batch; i++) {
      t[i * graph.classes() + i % graph.classes()] = 1;
    }
    return t;
  }
}
