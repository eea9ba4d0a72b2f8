package dev.fovea.program;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NamedValues;
import dev.fovea.OpCases.OpCase;
import dev.fovea.autodiff.Gradients;
import dev.fovea.autodiff.SoftmaxCrossEntropy;
import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import dev.fovea.passes.FixStatistics;
import dev.fovea.passes.FuseRelu;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.reference.ReferenceOptimizers;
import dev.fovea.reference.ReferenceProgram;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleUnaryOperator;

/**
 * Compares a backend with the float64 interpreter: loss, every gradient by name, running
 * statistics, the gradient norm, and logits of inference after training. The interpreter runs the
 * graph as it was written, the backend what {@link Compilation} makes of it, so passes are compared
 * as well.
 *
 * <p>Two steps are run, the first on other images, so that values left over from a step show.
 *
 * <p>Errors are Euclidean: ‖got - expected‖ / (‖expected‖ + floor). The floor of gradients is a
 * tenth of the norm over all of them, because some are zero on paper (a bias in front of a batch
 * norm) and rounding noise in practice; of all else it is 1e-6.
 *
 * <ul>
 *   <li>binary32, bound 1e-5: one rounding is 2^-24 = 6e-8; sums of up to K = 2,304 terms, added up
 *       over a handful of layers, err by about √K·6e-8 = 3e-6. The smallest wrong formula that we
 *       know of, a running variance without m/(m-1), is off by 0.1/m: 6e-5 for the largest m of the
 *       table.
 *   <li>bfloat16: what rounding every stored value and gradient costs depends on the case (a ReLU
 *       or a maximum that changes sides costs far more than 2^-9), so it is measured: the
 *       interpreter runs the same case with that rounding, and the backend may err by twice as
 *       much, plus 2^-7 for roundings at other places. Images and weights are bfloat16 numbers to
 *       begin with.
 * </ul>
 *
 * <p>A fast algorithm for convolutions may err more, by a bound of its own. What that costs depends
 * on the case as well: the interpreter runs it with every value and gradient rounded so coarsely
 * that the root mean square of the errors is that bound, and the backend, which has it in
 * convolutions only, may err by as much in addition.
 */
public final class BackendConformance {
  private static final double F32_BOUND = 1e-5;
  private static final double BF16_BOUND = 0x1p-7;
  private static final long SEED = 20150211;

  private final Backend backend;
  private final Precision precision;
  private final Memory memory;
  private final ConvolutionAlgorithm convolution;
  private final double convolutionError;
  private final int threads;

  /**
   * A comparison of {@code backend}, which must support {@code precision}, with the convolutions
   * that it chooses.
   */
  public BackendConformance(Backend backend, Precision precision, Memory memory) {
    this(backend, precision, memory, ConvolutionAlgorithm.AUTO, 0, 2);
  }

  private BackendConformance(
      Backend backend,
      Precision precision,
      Memory memory,
      ConvolutionAlgorithm convolution,
      double convolutionError,
      int threads) {
    this.backend = backend;
    this.precision = precision;
    this.memory = memory;
    this.convolution = convolution;
    this.convolutionError = convolutionError;
    this.threads = threads;
  }

  /**
   * The same with another algorithm for convolutions.
   *
   * @param error the root mean square of the errors of one convolution, relative to its result
   */
  public BackendConformance convolving(ConvolutionAlgorithm by, double error) {
    return new BackendConformance(backend, precision, memory, by, error, threads);
  }

  /** The same on another number of threads than two. */
  public BackendConformance on(int count) {
    return new BackendConformance(backend, precision, memory, convolution, convolutionError, count);
  }

  /**
   * A network to compare.
   *
   * @param frozen the part that is not trained
   */
  public record Subject(
      String name, Graph graph, int batch, SoftmaxCrossEntropy loss, Frozen frozen) {
    static Subject of(OpCase c) {
      return new Subject(c.line(), c.graph(), c.batch(), c.loss(), Frozen.nothing());
    }

    // As the interpreter runs it.
    private Graph withFixedStatistics() {
      return new FixStatistics(frozen::fixesStatistics).apply(graph);
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /**
   * What was computed.
   *
   * @param values by what they are: {@code loss}, {@code gradient conv.weight}, {@code logits}, ...
   */
  private record Outcome(Map<String, double[]> values) {

    double[] of(String what) {
      double[] value = values.get(what);
      return Objects.requireNonNull(value, () -> what + " is missing");
    }

    double errorOf(String what, Outcome expected) {
      double[] right = expected.of(what);
      double[] got = of(what);
      assertThat(got).as(what).hasSameSizeAs(right);
      double squares = 0;
      for (int i = 0; i < got.length; i++) {
        squares += (got[i] - right[i]) * (got[i] - right[i]);
      }
      double floor = what.startsWith("gradient ") ? 0.1 * expected.of("norm")[0] : 1e-6;
      return Math.sqrt(squares) / (ReferenceOptimizers.globalNorm(List.of(right)) + floor);
    }
  }

  /** Fails with a list of everything that is further off than it may be. */
  public void check(OpCase c) {
    check(Subject.of(c));
  }

  /** Fails with a list of everything that is further off than it may be. */
  public void check(Subject c) {
    Map<String, double[]> parameters = NamedValues.parameters(c.graph());
    if (precision == Precision.BF16) {
      c.graph().params().stream()
          .filter(p -> p.role() == ParamSpec.Role.WEIGHT)
          .forEach(
              p ->
                  parameters.put(
                      p.name(),
                      mapped(
                          Objects.requireNonNull(parameters.get(p.name())),
                          BackendConformance::bf16)));
    }
    Graph written = c.withFixedStatistics();
    Outcome expected = reference(c, written, parameters, DoubleUnaryOperator.identity());
    Outcome got = backend(c, parameters);
    Graph cheaper = new FuseRelu().apply(written);
    Outcome rounded =
        precision == Precision.BF16
            ? reference(c, cheaper, parameters, BackendConformance::bf16)
            : expected;
    Outcome fast =
        convolutionError > 0
            ? reference(c, cheaper, parameters, v -> rounded(v, Math.sqrt(3) * convolutionError))
            : expected;
    List<String> messages = new ArrayList<>();
    for (String what : expected.values().keySet()) {
      double error = got.errorOf(what, expected);
      double allowed =
          (precision == Precision.BF16 ? BF16_BOUND : F32_BOUND)
              + 2 * rounded.errorOf(what, expected)
              + fast.errorOf(what, expected);
      if (!(error <= allowed)) {
        messages.add(String.format("%s is off by %.2e, allowed %.2e", what, error, allowed));
      }
    }
    assertThat(messages)
        .as("%s in %s, memory %s, backend %s", c, precision, memory, backend.name())
        .isEmpty();
  }

  /** To the nearest value on a grid that is {@code 2 unit} wide relative to powers of two. */
  private static double rounded(double value, double unit) {
    double grid = 2 * unit * Math.scalb(1.0, Math.getExponent(value));
    return value == 0 ? 0 : grid * Math.rint(value / grid);
  }

  private Outcome reference(
      Subject c, Graph graph, Map<String, double[]> parameters, DoubleUnaryOperator storage) {
    ReferenceProgram program =
        new ReferenceProgram(
            Gradients.of(graph, c.loss(), c.frozen().parameters()), c.batch(), parameters, storage);
    double[] targets = targets(c, graph);
    program.step(otherImages(c, graph), targets, SEED);
    StepResult step = program.step(images(c, graph), targets, SEED + 1);
    Map<String, double[]> values = new LinkedHashMap<>();
    values.put("loss", new double[] {step.loss()});
    values.put("norm", new double[] {ReferenceOptimizers.globalNorm(program.gradients().values())});
    program.gradients().forEach((name, g) -> values.put("gradient " + name, g));
    for (ParamSpec p : graph.params()) {
      if (!p.role().trainable()) {
        values.put("statistic " + p.name(), program.parameters().get(p.name()));
      }
    }
    values.put(
        "logits", ReferenceProgram.infer(graph, program.parameters(), images(c, graph), storage));
    return new Outcome(values);
  }

  private Outcome backend(Subject c, Map<String, double[]> parameters) {
    Graph graph = c.graph();
    CompileOptions options =
        new CompileOptions(c.batch(), precision, memory, threads).convolving(convolution);
    float[] targets = floats(targets(c, graph));
    Map<String, double[]> values = new LinkedHashMap<>();
    try (TrainingProgram program =
        Compilation.training(graph, c.loss(), backend, options, c.frozen())) {
      parameters.forEach((name, value) -> program.weights().write(name, floats(value)));
      program.run(buffer(otherImages(c, graph), program.inputType()), targets, SEED);
      StepResult step =
          program.run(buffer(images(c, graph), program.inputType()), targets, SEED + 1);
      values.put("loss", new double[] {step.loss()});
      values.put("norm", new double[] {program.gradientNorm()});
      for (ParamSpec p : graph.params()) {
        if (c.frozen().parameters().contains(p.name())) {
          continue;
        }
        if (p.role().trainable()) {
          values.put("gradient " + p.name(), doubles(program.gradients().read(p.name())));
        } else {
          values.put("statistic " + p.name(), doubles(program.weights().read(p.name())));
        }
      }
      try (InferenceProgram inference =
          Compilation.inference(graph, program.weights(), backend, options)) {
        float[] logits = new float[c.batch() * graph.classes()];
        inference.run(buffer(images(c, graph), inference.inputType()), logits);
        values.put("logits", doubles(logits));
      }
    }
    return new Outcome(values);
  }

  private double[] images(Subject c, Graph graph) {
    double[] images = NamedValues.images(c.batch(), graph.inputShape());
    return precision == Precision.BF16 ? mapped(images, BackendConformance::bf16) : images;
  }

  // In reverse order: other values in every place.
  private double[] otherImages(Subject c, Graph graph) {
    double[] images = images(c, graph);
    double[] other = new double[images.length];
    for (int i = 0; i < images.length; i++) {
      other[i] = images[images.length - 1 - i];
    }
    return other;
  }

  // Three quarters of the label, one quarter of the next class.
  private static double[] targets(Subject c, Graph graph) {
    int classes = graph.classes();
    double[] targets = NamedValues.targets(c.batch(), classes);
    double[] soft = new double[targets.length];
    for (int i = 0; i < targets.length; i++) {
      int next = i % classes == classes - 1 ? i + 1 - classes : i + 1;
      soft[i] += 0.75 * targets[i];
      soft[next] += 0.25 * targets[i];
    }
    return soft;
  }

  private static ByteBuffer buffer(double[] values, DType type) {
    ByteBuffer buffer =
        ByteBuffer.allocateDirect(values.length * type.bytes()).order(ByteOrder.nativeOrder());
    for (double v : values) {
      switch (type) {
        case F32 -> buffer.putFloat((float) v);
        case BF16 -> buffer.putShort(DType.toBf16((float) v));
        default -> throw new IllegalArgumentException("no images in " + type);
      }
    }
    return buffer.flip();
  }

  static double bf16(double value) {
    return DType.fromBf16(DType.toBf16((float) value));
  }

  private static double[] mapped(double[] values, DoubleUnaryOperator f) {
    return Arrays.stream(values).map(f).toArray();
  }

  private static float[] floats(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return floats;
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }
}
