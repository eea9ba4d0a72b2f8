package dev.fovea.onnx.exporter;

import dev.fovea.graph.Consumers;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * The batch norms of a network that can be computed by the convolution before them, which nothing
 * else reads: weights times gamma / sqrt(variance + epsilon), and the rest as a bias.
 */
final class FoldedNorms {
  private final Map<Node, Node> normOf = new IdentityHashMap<>();

  FoldedNorms(Graph graph) {
    Consumers consumers = graph.consumers();
    for (Node n : graph.nodes()) {
      if (n.op() instanceof Op.BatchNorm
          && n.input().op() instanceof Op.Conv2d
          && consumers.of(n.input()).size() == 1
          && graph.outputs().stream().noneMatch(o -> o.node() == n.input())) {
        normOf.put(n.input(), n);
      }
    }
  }

  /** The norm that this convolution computes. */
  Optional<Node> after(Node conv) {
    return Optional.ofNullable(normOf.get(conv));
  }

  /** Whether the convolution before this norm computes it. */
  boolean covers(Node norm) {
    return norm.op() instanceof Op.BatchNorm && normOf.get(norm.input()) == norm;
  }

  static float[] weight(Node conv, Node norm, Function<String, float[]> weights) {
    float[] values = weights.apply(name(conv, ParamSpec.Role.WEIGHT)).clone();
    double[] scale = scale(norm, weights);
    int each = values.length / scale.length;
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (values[i] * scale[i / each]);
    }
    return values;
  }

  static float[] bias(Node conv, Node norm, Function<String, float[]> weights) {
    double[] scale = scale(norm, weights);
    float[] mean = weights.apply(name(norm, ParamSpec.Role.RUNNING_MEAN));
    float[] shift = weights.apply(name(norm, ParamSpec.Role.NORM_SHIFT));
    Optional<ParamSpec> own = conv.param(ParamSpec.Role.BIAS);
    float[] before = own.map(p -> weights.apply(p.name())).orElseGet(() -> new float[mean.length]);
    float[] bias = new float[mean.length];
    for (int c = 0; c < bias.length; c++) {
      bias[c] = (float) (((double) before[c] - mean[c]) * scale[c] + shift[c]);
    }
    return bias;
  }

  private static double[] scale(Node norm, Function<String, float[]> weights) {
    float[] gamma = weights.apply(name(norm, ParamSpec.Role.NORM_SCALE));
    float[] variance = weights.apply(name(norm, ParamSpec.Role.RUNNING_VAR));
    double epsilon = ((Op.BatchNorm) norm.op()).epsilon();
    double[] scale = new double[gamma.length];
    for (int c = 0; c < scale.length; c++) {
      scale[c] = gamma[c] / Math.sqrt(variance[c] + epsilon);
    }
    return scale;
  }

  static String name(Node node, ParamSpec.Role role) {
    return node.param(role).orElseThrow().name();
  }
}
