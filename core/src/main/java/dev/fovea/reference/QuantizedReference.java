package dev.fovea.reference;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.program.Quantization;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What {@link Quantization} says, computed word by word: 8-bit values as integers, everything else
 * in float64 and rounded to binary32 once per node.
 */
public final class QuantizedReference {
  private static final int MOST = 127;

  private QuantizedReference() {}

  /**
   * Logits (N, K); N follows from the number of images.
   *
   * @param graph without auxiliary outputs
   * @param parameters as {@link ReferenceProgram#infer} takes them
   */
  public static double[] infer(
      Graph graph, Map<String, double[]> parameters, Quantization q, double[] images) {
    return Objects.requireNonNull(values(graph, parameters, q, images).get(graph.logits().name()));
  }

  /** What the readers of every node see, by its name. */
  public static Map<String, double[]> values(
      Graph graph, Map<String, double[]> parameters, Quantization q, double[] images) {
    int batch = Math.toIntExact(images.length / graph.inputShape().elements());
    Map<String, double[]> seen = new LinkedHashMap<>();
    for (Node n : graph.nodes()) {
      List<double[]> inputs =
          n.inputs().stream().map(in -> Objects.requireNonNull(seen.get(in.name()))).toList();
      double[] result = images;
      if (n != graph.input()) {
        float[] steps =
            n.param(Role.WEIGHT).map(p -> q.weights().get(p.name())).orElse(new float[0]);
        result =
            steps.length == 0
                ? Forward.inference(new Call(n, batch, inputs, parameters))
                : product(n, batch, inputs.get(0), parameters, steps, inputStep(n, q));
      }
      seen.put(n.name(), stored(result, q.values().get(n.name())));
    }
    return seen;
  }

  /** The nearest value that a format of this scale holds; the nearest binary32 without one. */
  private static double[] stored(double[] result, Quantization.@Nullable Scale scale) {
    if (scale == null) {
      return Pointwise.map(result, v -> (float) v);
    }
    double least = scale.signed() ? -128 : 0;
    double most = scale.signed() ? 127 : 255;
    double step = scale.step();
    return Pointwise.map(result, v -> step * Math.max(least, Math.min(most, Math.rint(v / step))));
  }

  private static double inputStep(Node n, Quantization q) {
    Quantization.Scale scale = q.values().get(n.input().name());
    if (scale == null) {
      throw new IllegalArgumentException(
          "node '"
              + n.name()
              + "' has 8-bit weights, but its input '"
              + n.input().name()
              + "' is not kept in 8 bits");
    }
    return scale.step();
  }

  // Sums of products of integers are exact in float64.
  private static double[] product(
      Node n,
      int batch,
      double[] seen,
      Map<String, double[]> parameters,
      float[] steps,
      double inputStep) {
    String weight = n.param(Role.WEIGHT).orElseThrow().name();
    double[] w = Objects.requireNonNull(parameters.get(weight)).clone();
    int each = w.length / steps.length;
    for (int i = 0; i < w.length; i++) {
      w[i] = Math.max(-MOST, Math.min(MOST, Math.rint(w[i] / steps[i / each])));
    }
    Map<String, double[]> integers = new HashMap<>(Map.of(weight, w));
    double[] bias = new double[steps.length];
    n.param(Role.BIAS)
        .ifPresent(
            p -> {
              double[] own = Objects.requireNonNull(parameters.get(p.name()));
              System.arraycopy(own, 0, bias, 0, bias.length);
              integers.put(p.name(), new double[bias.length]);
            });
    double[] x = Pointwise.map(seen, v -> Math.rint(v / inputStep));
    double[] y = Forward.inference(new Call(n, batch, List.of(x), integers));
    int cells = y.length / batch / steps.length;
    for (int i = 0; i < y.length; i++) {
      int c = i / cells % steps.length;
      y[i] = y[i] * inputStep * steps[c] + bias[c];
    }
    return y;
  }
}
