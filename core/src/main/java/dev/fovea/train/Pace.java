package dev.fovea.train;

import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.data.BatchFormat;
import dev.fovea.data.Dataset;
import dev.fovea.data.Excerpt;
import dev.fovea.data.Loader;
import dev.fovea.data.LoaderOptions;
import dev.fovea.data.Preprocessing;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.models.Models;
import dev.fovea.optim.Span;
import dev.fovea.program.Backend;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.Precision;
import dev.fovea.program.TrainingProgram;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.Locale;
import java.util.function.LongToDoubleFunction;

/**
 * How long an epoch takes on this machine, from a few steps on empty images and a few batches
 * loaded: what a recipe that is given a time needs to know before its schedule can be laid out.
 *
 * <p>Only the choice of the number of epochs depends on it; that number is stored with the run.
 */
public final class Pace {
  private static final int STEPS = 15;
  private static final int LOADED = 10;
  // Updates, saving and room for a busy machine; decision 0018 says what came of it.
  private static final double OVERHEAD = 1.05;

  private final Shape input;
  private final int classes;

  /**
   * What one step takes, in seconds.
   *
   * @param training forward and backward pass; the update is left out
   * @param inference an evaluation step of the same batch
   */
  public record Seconds(double training, double inference) {}

  Pace(Shape input, int classes) {
    this.input = input;
    this.classes = classes;
  }

  /**
   * Compiles the network of a configuration and measures its steps on empty images.
   *
   * @throws dev.fovea.program.ProgramException if it cannot be compiled or memory does not suffice
   */
  public static Seconds of(RunConfig config, int classes, Backend backend) {
    RunConfig.Network n = config.network();
    Shape input = Preparation.input(n);
    Graph graph = Models.graph(n.model(), classes, input);
    int batch = config.learning().batch();
    RunConfig.Engine e = config.engine();
    CompileOptions options =
        new CompileOptions(
            batch,
            Precision.valueOf(e.precision().toUpperCase(Locale.ROOT)),
            e.memory(),
            e.threads());
    Pace pace = new Pace(input, classes);
    try (TrainingProgram training =
            Compilation.training(graph, new SoftmaxCrossEntropy(0), backend, options);
        InferenceProgram inference =
            Compilation.inference(graph, training.weights(), backend, options)) {
      for (ParamSpec spec : training.weights().specs()) {
        training.weights().write(spec.name(), spec.initialValues(0));
      }
      return new Seconds(pace.training(training, batch), pace.inference(inference, batch));
    }
  }

  /**
   * Seconds that reading, varying and normalising a training batch takes with nothing else to do,
   * of pictures that are kept in memory when they already are.
   */
  public static double loading(RunConfig config, Dataset train) {
    Shape input = Preparation.input(config.network());
    RunConfig.Data d = config.data();
    Preprocessing how = Variation.preprocessing(d.preprocess(), input);
    int batch = Math.min(config.learning().batch(), train.size());
    BatchFormat format =
        new BatchFormat(batch, how.channels(), how.height(), how.width(), DType.F32);
    LoaderOptions feeding =
        new LoaderOptions(0, config.engine().threads(), 1, true, 1, picture -> {});
    Dataset few = Excerpt.atMost(train, LOADED * batch);
    try (Loader loader = Variation.of(d.augment(), input).loader(few, how, format, feeding)) {
      return loading(loader);
    }
  }

  /**
   * The same of this loader's first batches. A loader at work beside a step takes about as much of
   * its time, since both want all cores.
   */
  static double loading(Loader loader) {
    pass(loader);
    long start = System.nanoTime();
    int loaded = pass(loader);
    return (System.nanoTime() - start) / 1e9 / loaded;
  }

  private static int pass(Loader loader) {
    try (Loader.Batches batches = loader.epoch(0)) {
      int passed = 0;
      while (passed < LOADED && batches.hasNext()) {
        batches.next().close();
        passed++;
      }
      return passed;
    }
  }

  /**
   * Seconds of one training step; leaves the program's running statistics and gradients changed.
   */
  double training(TrainingProgram program, int batch) {
    ByteBuffer images = images(batch, program.inputType());
    float[] targets = new float[batch * classes];
    return median(() -> program.run(images, targets, 0));
  }

  /** Seconds of one evaluation step. */
  double inference(InferenceProgram program, int batch) {
    ByteBuffer images = images(batch, program.inputType());
    float[] logits = new float[batch * classes];
    return median(() -> program.run(images, logits));
  }

  /**
   * As many whole epochs as fit into {@code time}, at least one.
   *
   * @param seconds of a run of so many epochs, growing with them
   */
  static Span epochs(Span time, LongToDoubleFunction seconds) {
    double limit = time.count() * 60 / OVERHEAD;
    long fits = 1;
    long tooMany = 2;
    while (seconds.applyAsDouble(tooMany) <= limit) {
      fits = tooMany;
      tooMany *= 2;
    }
    while (tooMany - fits > 1) {
      long middle = (fits + tooMany) / 2;
      if (seconds.applyAsDouble(middle) <= limit) {
        fits = middle;
      } else {
        tooMany = middle;
      }
    }
    return Span.epochs(fits);
  }

  private ByteBuffer images(int batch, DType type) {
    return ByteBuffer.allocateDirect(Math.toIntExact(batch * input.elements() * type.bytes()));
  }

  private static double median(Runnable step) {
    double[] seconds = new double[STEPS];
    for (int i = 0; i < STEPS; i++) {
      long start = System.nanoTime();
      step.run();
      seconds[i] = (System.nanoTime() - start) / 1e9;
    }
    Arrays.sort(seconds);
    return seconds[STEPS / 2];
  }
}
