package dev.fovea.quantization;

import dev.fovea.data.loader.Batch;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.passes.FoldNorms;
import dev.fovea.passes.InferenceMode;
import dev.fovea.program.Backend;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.ObservingProgram;
import dev.fovea.program.ParameterSet;
import dev.fovea.program.Precision;
import dev.fovea.program.ProgramException;
import dev.fovea.program.Quantization;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;

/**
 * Quantizes trained networks: weights in 8 bits per output channel, activations in 8 bits per
 * tensor, with zero points of 0.
 *
 * <p>Networks run in binary32 with direct convolutions, whose results do not depend on the number
 * of images per step; all numbers but those of the network itself are computed in binary64 in a
 * fixed order, and biases are rounded to whole steps of their sums. Used by one thread.
 */
public final class Quantizer {
  /** What the copies of observed values may take. */
  private static final long COPIES = 400L << 20;

  private static final int UNSIGNED = 255;
  private static final int SIGNED = 127;

  private final Backend backend;
  private final int threads;
  private final QuantizationOptions options;
  private final Progress progress;

  /** Hears how far a quantization has come. */
  @FunctionalInterface
  public interface Progress {
    /**
     * Called after every batch.
     *
     * @param pass 1 while steps are found, 2 while biases are corrected
     * @param images how many of the images this pass has seen
     */
    void on(int pass, int images);
  }

  /**
   * A quantizer.
   *
   * @param threads threads of the network
   */
  public Quantizer(Backend backend, int threads, QuantizationOptions options, Progress progress) {
    this.backend = backend;
    this.threads = threads;
    this.options = options;
    this.progress = progress;
  }

  /**
   * Quantizes a network.
   *
   * @param graph as it was trained
   * @param weights gives its parameters by name
   * @param images a few hundred that are like those it will see
   * @throws ProgramException if the network computes infinite values, or there is not enough memory
   * @throws dev.fovea.data.image.DataException if too many images cannot be read
   */
  public QuantizedNetwork quantize(
      Graph graph, Function<String, float[]> weights, CalibrationImages images) {
    FoldNorms folded = new FoldNorms(InferenceMode.plain(graph));
    Function<String, float[]> source = folded.weights(weights);
    Map<String, float[]> parameters = new LinkedHashMap<>();
    folded.graph().params().forEach(p -> parameters.put(p.name(), source.apply(p.name())));
    Placement placement = new Placement(folded.graph(), options.keepFirst(), options.keepLast());
    try (ParameterSet own = backend.parameters(folded.graph())) {
      parameters.forEach(own::write);
      return quantize(new Calibration(folded.graph(), own, placement, images), parameters);
    }
  }

  /** The network in binary32 and what it is calibrated on. */
  private record Calibration(
      Graph graph, ParameterSet weights, Placement placement, CalibrationImages images) {}

  private QuantizedNetwork quantize(Calibration c, Map<String, float[]> parameters) {
    Map<Node, Histogram> seen = histograms(c);
    Map<String, Quantization.Scale> values = new HashMap<>();
    for (Placement.Group group : c.placement().groups()) {
      Histogram all = Objects.requireNonNull(seen.get(group.sources().get(0)));
      Quantization.Scale scale = scale(all, group.signed());
      group.members().forEach(n -> values.put(n.name(), scale));
    }
    Map<String, Quantization.Scale> addends = new HashMap<>();
    for (Node n : c.placement().addends()) {
      addends.put(n.name(), scale(Objects.requireNonNull(seen.get(n)), true));
    }
    Map<String, float[]> rounded = new LinkedHashMap<>(parameters);
    Map<String, float[]> steps = new LinkedHashMap<>();
    for (Node layer : c.placement().layers()) {
      String weight = name(layer, Role.WEIGHT);
      LayerWeights own =
          LayerWeights.of(
              Objects.requireNonNull(parameters.get(weight)),
              bias(layer, parameters),
              scaleOfInput(layer, values).step(),
              options.mostOfWeight());
      rounded.put(weight, own.rounded());
      steps.put(weight, own.steps());
    }
    Quantization q = new Quantization(values, steps);
    correctBiases(c, parameters, rounded, q);
    return new QuantizedNetwork(c.graph(), rounded, q, addends);
  }

  private Quantization.Scale scale(Histogram seen, boolean signed) {
    return new Quantization.Scale(
        options.observer().step(seen, signed ? SIGNED : UNSIGNED), signed);
  }

  private static Quantization.Scale scaleOfInput(
      Node layer, Map<String, Quantization.Scale> values) {
    return Objects.requireNonNull(values.get(layer.input().name()));
  }

  /** One histogram for each group, under all its sources, and for each addend. */
  private Map<Node, Histogram> histograms(Calibration c) {
    Map<Node, Histogram> byNode = new LinkedHashMap<>();
    List<List<Node>> tasks = new ArrayList<>();
    for (Placement.Group group : c.placement().groups()) {
      Histogram one = new Histogram();
      group.sources().forEach(n -> byNode.put(n, one));
      tasks.add(group.sources());
    }
    for (Node n : c.placement().addends()) {
      byNode.put(n, new Histogram());
      tasks.add(List.of(n));
    }
    run(
        c,
        1,
        byNode.keySet(),
        (program, count) ->
            tasks.parallelStream()
                .forEach(
                    nodes -> {
                      for (Node n : nodes) {
                        float[] values = values(program, n, count);
                        if (!Objects.requireNonNull(byNode.get(n)).add(values, values.length)) {
                          throw new ProgramException(
                              "node '"
                                  + n.name()
                                  + "' computes NaN or infinite values on the calibration images;"
                                  + " such a network cannot be quantized");
                        }
                      }
                    }));
    return byNode;
  }

  private static float[] values(ObservingProgram program, Node n, int images) {
    float[] values = new float[Math.toIntExact(images * n.shape().elements())];
    program.value(n.name()).get(values);
    return values;
  }

  private interface Look {
    void at(ObservingProgram program, int images);
  }

  private void run(Calibration c, int pass, Collection<Node> nodes, Look look) {
    Set<String> names = new LinkedHashSet<>();
    long elements = 0;
    for (Node n : nodes) {
      names.add(n.name());
      elements += n.shape().elements();
    }
    int size = c.images().set().size();
    int batch = (int) Math.max(1, Math.min(Math.min(32, size), COPIES / (Float.BYTES * elements)));
    CompileOptions compile =
        new CompileOptions(batch, Precision.F32, CompileOptions.Memory.NORMAL, threads)
            .convolving(ConvolutionAlgorithm.DIRECT);
    int[] done = {0};
    try (ObservingProgram program = backend.observing(c.graph(), c.weights(), compile, names)) {
      c.images()
          .forEachBatch(
              batch,
              b -> {
                run(program, b, look);
                done[0] += b.count();
                progress.on(pass, done[0]);
              });
    }
    if (done[0] == 0) {
      throw new ProgramException(
          "none of the "
              + size
              + " calibration images could be read; name other images to calibrate on");
    }
  }

  private static void run(ObservingProgram program, Batch batch, Look look) {
    if (batch.count() > 0) {
      program.run(batch.pixels());
      look.at(program, batch.count());
    }
  }

  /**
   * Takes the mean error of each channel out of its bias: what rounded weights make of rounded
   * inputs, less what the network makes of its own, and rounds the bias to whole steps of sums.
   */
  private void correctBiases(
      Calibration c,
      Map<String, float[]> parameters,
      Map<String, float[]> rounded,
      Quantization q) {
    List<Node> layers = c.placement().layers();
    List<InputMeans> exact = layers.stream().map(InputMeans::new).toList();
    List<InputMeans> seen = layers.stream().map(InputMeans::new).toList();
    if (options.correctBias()) {
      run(
          c,
          2,
          layers.stream().map(Node::input).distinct().toList(),
          (program, count) ->
              java.util.stream.IntStream.range(0, layers.size())
                  .parallel()
                  .forEach(
                      i -> {
                        Node input = layers.get(i).input();
                        float[] values = values(program, input, count);
                        exact.get(i).add(values, count);
                        round(values, scaleOfInput(layers.get(i), q.values()));
                        seen.get(i).add(values, count);
                      }));
    }
    for (int i = 0; i < layers.size(); i++) {
      Node layer = layers.get(i);
      if (layer.param(Role.BIAS).isEmpty()) {
        continue;
      }
      String weight = name(layer, Role.WEIGHT);
      double[] bias = doubles(bias(layer, parameters));
      if (options.correctBias()) {
        add(bias, 1, Objects.requireNonNull(parameters.get(weight)), exact.get(i).means());
        add(bias, -1, Objects.requireNonNull(rounded.get(weight)), seen.get(i).means());
      }
      float[] steps = Objects.requireNonNull(q.weights().get(weight));
      double input = scaleOfInput(layer, q.values()).step();
      rounded.put(name(layer, Role.BIAS), wholeSteps(bias, steps, input));
    }
  }

  private static void round(float[] values, Quantization.Scale scale) {
    float least = scale.signed() ? -SIGNED - 1 : 0;
    float most = scale.signed() ? SIGNED : UNSIGNED;
    float step = scale.step();
    for (int i = 0; i < values.length; i++) {
      float q = (float) Math.rint(values[i] / step);
      values[i] = step * Math.max(least, Math.min(most, q));
    }
  }

  /** Adds the mean that these weights make of these inputs, times {@code sign}, per channel. */
  private static void add(double[] to, int sign, float[] weights, double[] means) {
    int each = weights.length / to.length;
    int groups = means.length / each;
    for (int o = 0; o < to.length; o++) {
      int first = o * groups / to.length * each;
      double sum = 0;
      for (int k = 0; k < each; k++) {
        sum += weights[o * each + k] * means[first + k];
      }
      to[o] += sign * sum;
    }
  }

  private static float[] wholeSteps(double[] bias, float[] steps, double inputStep) {
    float[] whole = new float[bias.length];
    for (int o = 0; o < whole.length; o++) {
      double step = inputStep * steps[o];
      whole[o] = (float) (step * Math.rint(bias[o] / step));
    }
    return whole;
  }

  private static float[] bias(Node layer, Map<String, float[]> parameters) {
    return layer
        .param(Role.BIAS)
        .map(ParamSpec::name)
        .map(name -> Objects.requireNonNull(parameters.get(name)))
        .orElseGet(() -> new float[layer.shape().dim(0)]);
  }

  private static double[] doubles(float[] values) {
    double[] doubles = new double[values.length];
    for (int i = 0; i < doubles.length; i++) {
      doubles[i] = values[i];
    }
    return doubles;
  }

  private static String name(Node node, Role role) {
    return node.param(role).orElseThrow().name();
  }
}
