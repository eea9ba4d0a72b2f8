package dev.fovea.onednn;

import static dev.fovea.EngineValues.bytes;
import static dev.fovea.EngineValues.doubles;
import static dev.fovea.EngineValues.floats;

import dev.fovea.NamedValues;
import dev.fovea.OpCases;
import dev.fovea.OpCases.OpCase;
import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.GraphBuilder;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.Window;
import dev.fovea.program.Compilation;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.program.ProgramReport;
import dev.fovea.program.TrainingProgram;
import dev.fovea.reference.ReferenceProgram;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/**
 * A convolution whose result and gradients can be read element by element, although programs show
 * only logits and gradients of parameters.
 *
 * <p>In inference its result is the logits. In training, a pointwise convolution in front of it
 * reads images that have one channel for every pixel of the batch, 1 at that pixel and 0 elsewhere:
 * its weights are the source of the convolution, and the gradient of these weights is the gradient
 * of the source, both without any rounding. Behind it lies a linear layer to 5 classes; the
 * gradient of its weights is the result of the convolution in training, times the gradient of the
 * logits. Maps too large for that are read from the images themselves, as first layers are, and
 * have no gradient of the source.
 *
 * <p>All values are bfloat16 numbers, so that one answer serves both precisions.
 */
final class OneConvolution {
  private static final SoftmaxCrossEntropy LOSS = new SoftmaxCrossEntropy(0);
  private static final int CLASSES = 5;
  private static final int MOST_PIXELS = 1500;

  private final OpCase row;
  private final Op.Conv2d op;
  private final Shape source;
  private final boolean first;
  private final Graph training;
  private final Graph inference;
  private final Map<String, double[]> parameters = new LinkedHashMap<>();
  private final double[] trainingImages;
  private final double[] inferenceImages;

  /** The convolution of a line in the form of {@code ops.txt}. */
  static OneConvolution of(String line) {
    return new OneConvolution(OpCases.parse(line.trim().replaceAll(" +", " ")));
  }

  private OneConvolution(OpCase row) {
    this.row = row;
    this.op = (Op.Conv2d) row.op();
    this.source = row.inputs().get(0);
    int pixels = row.batch() * source.dim(1) * source.dim(2);
    this.first = pixels > MOST_PIXELS;
    GraphBuilder b = new GraphBuilder("training of " + row.line());
    Node in = b.input(first ? source : Shape.of(pixels, source.dim(1), source.dim(2)));
    Node x = first ? in : b.conv("stem", in, Op.Conv2d.of(source.dim(0), Window.square(1)));
    Node y = b.conv("op", x, op);
    this.training = b.build(b.linear("fc", b.flatten("flat", y), CLASSES));
    GraphBuilder only = new GraphBuilder("inference of " + row.line());
    this.inference = only.build(only.flatten("flat", only.conv("op", only.input(source), op)));
    double[] images = bf16(NamedValues.of("source", row.batch() * source.elements()));
    this.inferenceImages = images;
    this.trainingImages = first ? images : oneHot(pixels);
    for (ParamSpec p : training.params()) {
      parameters.put(p.name(), first || !p.name().startsWith("stem") ? values(p) : pixels(images));
    }
  }

  // Small logits, so that errors of the forward pass hardly reach the backward pass through them.
  private static double[] values(ParamSpec p) {
    double[] values = bf16(named(p));
    if (p.name().startsWith("fc")) {
      Arrays.setAll(values, i -> values[i] / 8);
    }
    return values;
  }

  private static double[] named(ParamSpec p) {
    double fanIn = (double) p.shape().elements() / p.shape().dim(0);
    double scale = p.role() == ParamSpec.Role.BIAS ? 0.1 : Math.sqrt(6 / fanIn);
    double[] values = NamedValues.of(p.name(), p.shape().elements());
    Arrays.setAll(values, i -> scale * values[i]);
    return values;
  }

  private double[] oneHot(int pixels) {
    int map = source.dim(1) * source.dim(2);
    double[] images = new double[pixels * pixels];
    for (int q = 0; q < pixels; q++) {
      // Image n, channel q, pixel p for q = n·map + p.
      images[(q / map * pixels + q) * map + q % map] = 1;
    }
    return images;
  }

  // From (N, C, pixel) to (C, N and pixel).
  private double[] pixels(double[] images) {
    int map = source.dim(1) * source.dim(2);
    int channels = source.dim(0);
    double[] weights = new double[images.length];
    for (int i = 0; i < images.length; i++) {
      int n = i / (channels * map);
      int c = i / map % channels;
      weights[(c * row.batch() + n) * map + i % map] = images[i];
    }
    return weights;
  }

  Window window() {
    return op.window();
  }

  int channels() {
    return source.dim(0);
  }

  int outChannels() {
    return op.outChannels();
  }

  int pixels() {
    Shape y = inference.nodes().get(1).shape();
    return row.batch() * y.dim(1) * y.dim(2);
  }

  /**
   * Everything that can be read.
   *
   * @param values {@code result}, {@code fc.weight}, {@code stem.weight}, ...
   */
  record Values(Map<String, double[]> values) {
    double[] of(String what) {
      return Objects.requireNonNull(values.get(what), what);
    }

    boolean has(String what) {
      return values.containsKey(what);
    }
  }

  /**
   * The right values, and what they are measured by.
   *
   * @param scales the root mean square of each value if no padding cut its sums
   * @param logits the largest logit
   */
  record Answer(Values right, Map<String, Double> scales, double logits) {
    double scale(String what) {
      return Objects.requireNonNull(scales.get(what), what);
    }
  }

  /** The values in float64. */
  Answer answer() {
    ReferenceProgram program =
        new ReferenceProgram(Gradients.of(training, LOSS), row.batch(), parameters);
    program.step(trainingImages, targets(), 0);
    Map<String, double[]> values = new LinkedHashMap<>(program.gradients());
    double[] result = ReferenceProgram.infer(inference, parameters, inferenceImages);
    values.put("result", result);
    Node conv = training.nodes().stream().filter(n -> n.name().equals("op")).findFirst().get();
    double x = rms(inferenceImages);
    double w = rms(Objects.requireNonNull(parameters.get("op.weight")));
    double dy = rms(program.gradient(conv));
    int taps = window().kernelH() * window().kernelW();
    double[] bias = parameters.getOrDefault("op.bias", new double[1]);
    double full = Math.hypot(Math.sqrt((double) channels() * taps) * x * w, rms(bias));
    Map<String, Double> scales = new LinkedHashMap<>();
    scales.put("result", full);
    // Every weight of the classifier has a sum over the images of results.
    scales.put(
        "fc.weight",
        rms(Objects.requireNonNull(values.get("fc.weight"))) * Math.max(1, full / rms(result)));
    scales.put("op.weight", Math.sqrt(pixels()) * x * dy);
    scales.put("op.bias", Math.sqrt(pixels()) * dy);
    scales.put("stem.weight", Math.sqrt((double) outChannels() * taps) * dy * w);
    double logits = Arrays.stream(program.value(training.logits())).map(Math::abs).max().orElse(0);
    return new Answer(new Values(values), scales, logits);
  }

  /** The values of an engine. */
  Values values(CompileOptions options) {
    Map<String, double[]> values = new LinkedHashMap<>();
    try (TrainingProgram program = training(options)) {
      program.run(bytes(trainingImages, program.inputType()), floats(targets()), 0);
      for (ParamSpec p : training.params()) {
        values.put(p.name(), doubles(program.gradients().read(p.name())));
      }
    }
    values.put("result", doubles(result(options)));
    return new Values(values);
  }

  /** The convolution's result in inference. */
  float[] result(CompileOptions options) {
    try (ParameterSet weights = weights();
        InferenceProgram program =
            Compilation.inference(inference, weights, new OneDnnBackend(), options)) {
      float[] logits = new float[row.batch() * inference.classes()];
      program.run(bytes(inferenceImages, program.inputType()), logits);
      return logits;
    }
  }

  /** What the engine makes of it: {@code training} or else inference. */
  ProgramReport report(CompileOptions options, boolean inTraining) {
    if (inTraining) {
      try (TrainingProgram program = training(options)) {
        return program.report();
      }
    }
    try (ParameterSet weights = weights();
        InferenceProgram program =
            Compilation.inference(inference, weights, new OneDnnBackend(), options)) {
      return program.report();
    }
  }

  CompileOptions options(Precision precision, int threads) {
    return new CompileOptions(row.batch(), precision, CompileOptions.Memory.NORMAL, threads);
  }

  private TrainingProgram training(CompileOptions options) {
    TrainingProgram program = Compilation.training(training, LOSS, new OneDnnBackend(), options);
    parameters.forEach((name, v) -> program.weights().write(name, floats(v)));
    return program;
  }

  private ParameterSet weights() {
    ParameterSet weights = new OneDnnBackend().parameters(inference);
    inference
        .params()
        .forEach(
            p -> weights.write(p.name(), floats(Objects.requireNonNull(parameters.get(p.name())))));
    return weights;
  }

  private double[] targets() {
    return NamedValues.targets(row.batch(), CLASSES);
  }

  @Override
  public String toString() {
    return row.line();
  }

  static double rms(double[] values) {
    return Math.sqrt(Arrays.stream(values).map(v -> v * v).sum() / values.length);
  }

  private static double[] bf16(double[] values) {
    return Arrays.stream(values).map(v -> DType.fromBf16(DType.toBf16((float) v))).toArray();
  }
}
