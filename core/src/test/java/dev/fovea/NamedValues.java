package dev.fovea;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.ParamSpec;
import dev.fovea.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Weights, images and targets that are pure functions of their names, so that tests need no weight
 * files and PyTorch can use the same values.
 *
 * <pre>
 *   value(name, i) = 2·(mix(seed(name) + (i + 1)·0x9E3779B97F4A7C15) &gt;&gt;&gt; 40) / 2^24 - 1      in [-1, 1)
 *   seed(name)     = the first 8 bytes of SHA-256(name), little-endian
 *   weight         = value·√(6 / fan_in),  bias = 0.1·value
 *   norm scale     = 1 + 0.2·value,  shift and running mean = 0.1·value,  running variance = 1 + 0.2·value
 *   images         = 2·value("input", i)
 *   label of n     = (37·n + 5) mod classes
 * </pre>
 *
 * Weights and images are rounded to binary32 after the formula.
 */
public final class NamedValues {
  private NamedValues() {}

  /** The first {@code count} values of a name. */
  public static double[] of(String name, long count) {
    long seed;
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
      seed = ByteBuffer.wrap(digest).order(ByteOrder.LITTLE_ENDIAN).getLong();
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
    double[] values = new double[Math.toIntExact(count)];
    for (int i = 0; i < values.length; i++) {
      long z = seed + (i + 1) * 0x9E3779B97F4A7C15L;
      z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
      z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
      z ^= z >>> 31;
      values[i] = 2.0 * (z >>> 40) / (1 << 24) - 1;
    }
    return values;
  }

  /** All parameters and running statistics of a graph. */
  public static Map<String, double[]> parameters(Graph graph) {
    return parameters(graph, UnaryOperator.identity());
  }

  /**
   * All parameters and running statistics of a graph; each has the values of the name that {@code
   * publicName} returns for it.
   */
  public static Map<String, double[]> parameters(Graph graph, UnaryOperator<String> publicName) {
    Map<String, double[]> all = new LinkedHashMap<>();
    for (Node n : graph.nodes()) {
      for (ParamSpec p : n.params()) {
        all.put(p.name(), parameter(p, publicName.apply(p.name())));
      }
    }
    return all;
  }

  private static double[] parameter(ParamSpec p, String name) {
    long fanIn = p.shape().elements() / p.shape().dim(0);
    double[] values = of(name, p.shape().elements());
    for (int i = 0; i < values.length; i++) {
      double v = values[i];
      values[i] =
          (float)
              switch (p.role()) {
                case WEIGHT -> v * Math.sqrt(6.0 / fanIn);
                case NORM_SCALE, RUNNING_VAR -> 1 + 0.2 * v;
                case BIAS, NORM_SHIFT, RUNNING_MEAN -> 0.1 * v;
              };
    }
    return values;
  }

  /** A batch of images (N, C, H, W). */
  public static double[] images(int batch, Shape image) {
    double[] values = of("input", batch * image.elements());
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (2 * values[i]);
    }
    return values;
  }

  /** One-hot targets (N, K). */
  public static double[] targets(int batch, int classes) {
    double[] targets = new double[batch * classes];
    for (int n = 0; n < batch; n++) {
      targets[n * classes + (37 * n + 5) % classes] = 1;
    }
    return targets;
  }
}
