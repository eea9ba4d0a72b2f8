package dev.fovea.program;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NamedValues;
import dev.fovea.autodiff.Gradients;
import dev.fovea.graph.Graph;
import dev.fovea.passes.InferenceMode;
import dev.fovea.program.CompileOptions.Memory;
import dev.fovea.reference.ReferenceAttribution;
import dev.fovea.reference.ReferenceOptimizers;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.DoubleUnaryOperator;

/**
 * Compares a backend's gradients of scores with those of the float64 interpreter: logits, and the
 * value and gradient of every chosen node. The interpreter runs the graph as it was written, the
 * backend what {@link Compilation} makes of it.
 *
 * <p>Two runs are made, the first on other images with other weights, so that values left over from
 * a run show.
 *
 * <p>Errors are Euclidean: ‖got - expected‖ / (‖expected‖ + 1e-6). The bound is that of {@link
 * BackendConformance} in binary32, 1e-5, and what a network makes of errors of that origin: sums of
 * K = 2,304 terms err by 3e-6, which lets a few of a million ReLUs and maxima change sides, and
 * each of them changes the gradient by its whole share. So the interpreter also runs with every
 * value and gradient rounded so coarsely that the root mean square of the errors is 3e-6, or that
 * of a fast algorithm for convolutions where it is larger, and the backend may err by as much in
 * addition.
 */
public final class AttributionConformance {
  private static final double BOUND = 1e-5;
  private static final double SUM_ERROR = 3e-6;

  private final Backend backend;
  private final CompileOptions options;
  private final double storageError;

  /** A comparison of {@code backend} with direct convolutions on two threads. */
  public AttributionConformance(Backend backend, int batch) {
    this(
        backend,
        new CompileOptions(batch, Precision.F32, Memory.NORMAL, 2)
            .convolving(ConvolutionAlgorithm.DIRECT),
        SUM_ERROR);
  }

  private AttributionConformance(Backend backend, CompileOptions options, double storageError) {
    this.backend = backend;
    this.options = options;
    this.storageError = storageError;
  }

  /**
   * The same with another algorithm for convolutions.
   *
   * @param error the root mean square of the errors of one convolution, relative to its result
   */
  public AttributionConformance convolving(ConvolutionAlgorithm by, double error) {
    return new AttributionConformance(backend, options.convolving(by), Math.max(SUM_ERROR, error));
  }

  /** What was computed, by what it is: {@code logits}, {@code gradient conv}, ... */
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
      return Math.sqrt(squares) / (ReferenceOptimizers.globalNorm(List.of(right)) + 1e-6);
    }
  }

  /** Compares with the weights that follow from the names of the parameters. */
  public void check(Graph graph, Set<String> nodes) {
    check(graph, NamedValues.parameters(graph), nodes);
  }

  /** Fails with a list of everything that is further off than it may be. */
  public void check(Graph graph, Map<String, double[]> parameters, Set<String> nodes) {
    check(graph, parameters, nodes, List.of(nodes));
  }

  /** The same with a program of its own for each node. */
  public void checkOneByOne(Graph graph, Set<String> nodes) {
    check(graph, NamedValues.parameters(graph), nodes, nodes.stream().map(Set::of).toList());
  }

  private void check(
      Graph graph, Map<String, double[]> parameters, Set<String> nodes, List<Set<String>> parts) {
    Outcome expected = reference(graph, parameters, nodes, DoubleUnaryOperator.identity());
    Outcome rounded =
        reference(graph, parameters, nodes, v -> rounded(v, Math.sqrt(3) * storageError));
    List<String> messages = new ArrayList<>();
    Set<String> compared = new HashSet<>();
    for (Set<String> part : parts) {
      Outcome got = backend(graph, parameters, part);
      compared.addAll(got.values().keySet());
      for (String what : got.values().keySet()) {
        double error = got.errorOf(what, expected);
        double allowed = BOUND + rounded.errorOf(what, expected);
        if (!(error <= allowed)) {
          messages.add(String.format("%s is off by %.2e, allowed %.2e", what, error, allowed));
        }
      }
    }
    assertThat(compared).isEqualTo(expected.values().keySet());
    assertThat(messages).as("%s, backend %s", graph, backend.name()).isEmpty();
  }

  /** To the nearest value on a grid that is {@code 2 unit} wide relative to powers of two. */
  private static double rounded(double value, double unit) {
    double grid = 2 * unit * Math.scalb(1.0, Math.getExponent(value));
    return value == 0 ? 0 : grid * Math.rint(value / grid);
  }

  private Outcome reference(
      Graph graph,
      Map<String, double[]> parameters,
      Set<String> nodes,
      DoubleUnaryOperator storage) {
    ReferenceAttribution program =
        new ReferenceAttribution(
            Gradients.ofScore(new InferenceMode().apply(graph), nodes),
            options.batch(),
            parameters,
            storage);
    Map<String, double[]> values = new LinkedHashMap<>();
    double[] images = NamedValues.images(options.batch(), graph.inputShape());
    values.put("logits", program.run(images, scoreWeights(graph, "score")));
    for (String node : nodes) {
      values.put("value " + node, program.value(node));
      values.put("gradient " + node, program.gradient(node));
    }
    return new Outcome(values);
  }

  private Outcome backend(Graph graph, Map<String, double[]> parameters, Set<String> nodes) {
    Map<String, double[]> values = new LinkedHashMap<>();
    double[] images = NamedValues.images(options.batch(), graph.inputShape());
    double[] other = NamedValues.of("other images", images.length);
    float[] logits = new float[options.batch() * graph.classes()];
    try (ParameterSet weights = backend.parameters(graph)) {
      parameters.forEach((name, value) -> weights.write(name, floats(value)));
      try (AttributionProgram program =
          Compilation.attribution(graph, weights, backend, options, nodes)) {
        program.run(buffer(other), floats(scoreWeights(graph, "other score")), logits);
        program.run(buffer(images), floats(scoreWeights(graph, "score")), logits);
        values.put("logits", doubles(logits));
        graph.nodes().stream()
            .filter(n -> nodes.contains(n.name()))
            .forEach(
                n -> {
                  float[] into = new float[Math.toIntExact(options.batch() * n.shape().elements())];
                  program.value(n.name(), into);
                  values.put("value " + n.name(), doubles(into));
                  program.gradient(n.name(), into);
                  values.put("gradient " + n.name(), doubles(into));
                });
      }
    }
    return new Outcome(values);
  }

  private double[] scoreWeights(Graph graph, String name) {
    return NamedValues.of(name, (long) options.batch() * graph.classes());
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

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < values.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }
}
