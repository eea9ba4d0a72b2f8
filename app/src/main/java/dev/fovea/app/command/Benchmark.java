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
import java.util.Optional;
import java.util.Random;

/** Times the steps of a compiled network on random images. */
final class Benchmark {
  /** Steps before the clock starts, in which caches and the JIT compiler warm up. */
  private static final int WARM_UP = 3;

  /** The end of the measurement: whichever limit is reached first. */
  record Limit(int steps, double seconds) {
    private static final int PROFILED_STEPS = 50;
    private static final double PROFILED_SECONDS = 3;

    /** The end of the profile that follows the measurement. */
    Limit ofProfile() {
      return new Limit(Math.min(steps, PROFILED_STEPS), Math.min(seconds, PROFILED_SECONDS));
    }
  }

  /**
   * Times of steps in seconds.
   *
   * @param ninetieth nine of ten steps took at most this
   * @param profile where the time goes, if that was asked for
   */
  record Result(
      double median,
      double fastest,
      double ninetieth,
      int steps,
      double compileSeconds,
      ProgramReport report,
      Optional<Profile> profile) {}

  /**
   * Mean times within a step, measured in further steps.
   *
   * @param primitives seconds of each instruction of the report
   * @param update seconds of the weight update; 0 in inference
   */
  record Profile(double[] primitives, double update) {}

  private interface Step {
    void run(int number);
  }

  private interface ProfiledStep {
    /** Adds the nanoseconds of each instruction to {@code nanos}; returns those of the update. */
    long run(int number, long[] nanos);
  }

  private final CompileOptions options;
  private final Limit limit;
  private final boolean profiles;

  /**
   * A benchmark.
   *
   * @param profiles whether further steps show where the time goes
   */
  Benchmark(CompileOptions options, Limit limit, boolean profiles) {
    this.options = options;
    this.limit = limit;
    this.profiles = profiles;
  }

  /** Forward, backward and an update with momentum. */
  Result training(Graph graph, Backend backend) {
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
              n -> {
                program.run(images, targets, n);
                updater.step(n, 1e-3);
              });
      ProgramReport report = program.report();
      Optional<Profile> profile =
          profile(
              report,
              times.length,
              (n, nanos) -> {
                program.profile(images, targets, n, nanos);
                long t = System.nanoTime();
                updater.step(n, 1e-3);
                return System.nanoTime() - t;
              });
      return result(times, compiled, report, profile);
    }
  }

  /** Forward with folded batch norms. */
  Result inference(Graph graph, Backend backend) {
    long start = System.nanoTime();
    try (ParameterSet weights = backend.parameters(graph)) {
      fill(weights);
      try (InferenceProgram program = Compilation.inference(graph, weights, backend, options)) {
        double compiled = (System.nanoTime() - start) / 1e9;
        ByteBuffer images = images(graph, options.batch(), program.inputType());
        float[] logits = new float[options.batch() * graph.classes()];
        double[] times = times(n -> program.run(images, logits));
        ProgramReport report = program.report();
        Optional<Profile> profile =
            profile(
                report,
                times.length,
                (n, nanos) -> {
                  program.profile(images, logits, nanos);
                  return 0;
                });
        return result(times, compiled, report, profile);
      }
    }
  }

  private static void fill(ParameterSet weights) {
    for (ParamSpec p : weights.specs()) {
      weights.write(p.name(), p.initialValues(1));
    }
  }

  private double[] times(Step step) {
    for (int n = 0; n < WARM_UP; n++) {
      step.run(n);
    }
    double[] times = new double[1024];
    int count = 0;
    long begin = System.nanoTime();
    while (goesOn(limit, count, begin)) {
      if (count == times.length) {
        times = Arrays.copyOf(times, 2 * count);
      }
      long t = System.nanoTime();
      step.run(WARM_UP + count);
      times[count++] = (System.nanoTime() - t) / 1e9;
    }
    return Arrays.copyOf(times, count);
  }

  private static boolean goesOn(Limit until, int count, long begin) {
    return count < until.steps()
        && (count == 0 || System.nanoTime() - begin < until.seconds() * 1e9);
  }

  private Optional<Profile> profile(ProgramReport report, int measured, ProfiledStep step) {
    if (!profiles) {
      return Optional.empty();
    }
    long[] nanos = new long[report.primitives().size()];
    long update = 0;
    int count = 0;
    long begin = System.nanoTime();
    while (goesOn(limit.ofProfile(), count, begin)) {
      update += step.run(WARM_UP + measured + count, nanos);
      count++;
    }
    double steps = 1e9 * count;
    return Optional.of(
        new Profile(Arrays.stream(nanos).mapToDouble(n -> n / steps).toArray(), update / steps));
  }

  private static Result result(
      double[] times, double compiled, ProgramReport report, Optional<Profile> profile) {
    Arrays.sort(times);
    int n = times.length;
    double median = n % 2 == 1 ? times[n / 2] : (times[n / 2 - 1] + times[n / 2]) / 2;
    return new Result(
        median, times[0], times[(int) Math.ceil(0.9 * n) - 1], n, compiled, report, profile);
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
