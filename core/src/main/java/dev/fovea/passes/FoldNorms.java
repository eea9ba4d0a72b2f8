package dev.fovea.passes;

import dev.fovea.graph.Consumers;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Initializer;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/**
 * A network for inference whose convolutions compute the batch norms behind them: with running
 * statistics a norm is a·x + b per channel, so that a goes into the weights and b into a bias.
 *
 * <p>Only a norm that alone reads a convolution is folded; those of pre-activation networks stay.
 * The convolution keeps its name and has a bias under {@code NAME.bias}. To run before {@link
 * FuseRelu}: norms that are fused with a ReLU stay as they are. Immutable. Source: Ioffe and
 * Szegedy 2015, section 3.1; Jacob et al. 2018, section 3.2.
 */
public final class FoldNorms {
  private final Graph graph;
  private final Map<String, Node> normOfWeight = new HashMap<>();
  private final Map<String, Node> normOfBias = new HashMap<>();

  /** Folds the norms of {@code original}, whose outputs stay what they are. */
  public FoldNorms(Graph original) {
    Consumers consumers = original.consumers();
    Set<Node> outputs = new HashSet<>();
    original.outputs().forEach(o -> outputs.add(o.node()));
    Map<Node, Node> normOf = new HashMap<>();
    for (Node n : original.nodes()) {
      if (n.op() instanceof Op.BatchNorm
          && n.input().op() instanceof Op.Conv2d
          && consumers.of(n.input()).size() == 1
          && !outputs.contains(n.input())) {
        normOf.put(n.input(), n);
        normOfWeight.put(name(n.input(), ParamSpec.Role.WEIGHT), n);
        normOfBias.put(biasOf(n.input()), n);
      }
    }
    graph =
        original.rewrite(
            (builder, n, inputs) -> {
              if (normOf.containsKey(n)) {
                Op.Conv2d conv = (Op.Conv2d) n.op();
                Op biased = conv.bias() ? conv : conv.withBias(new Initializer.Constant(0));
                return builder.add(n.name(), biased, inputs);
              }
              return !n.inputs().isEmpty() && normOf.get(n.input()) == n
                  ? inputs.get(0)
                  : builder.add(n.name(), n.op(), inputs);
            });
  }

  /** The network without the norms; it computes the same. */
  public Graph graph() {
    return graph;
  }

  /**
   * The parameters of {@link #graph}, by name.
   *
   * @param original gives those of the original network; called whenever the result is
   * @return computed in binary64 and rounded once; arrays are new or those of {@code original}
   */
  public Function<String, float[]> weights(Function<String, float[]> original) {
    return name -> {
      Node ofWeight = normOfWeight.get(name);
      Node ofBias = normOfBias.get(name);
      if (ofWeight != null) {
        return weight(name, ofWeight, original);
      }
      return ofBias != null ? bias(ofBias, original) : original.apply(name);
    };
  }

  private static float[] weight(String name, Node norm, Function<String, float[]> original) {
    float[] values = original.apply(name).clone();
    double[] scale = scale(norm, original);
    int each = values.length / scale.length;
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (values[i] * scale[i / each]);
    }
    return values;
  }

  private static float[] bias(Node norm, Function<String, float[]> original) {
    double[] scale = scale(norm, original);
    float[] mean = original.apply(name(norm, ParamSpec.Role.RUNNING_MEAN));
    float[] shift = original.apply(name(norm, ParamSpec.Role.NORM_SHIFT));
    Optional<ParamSpec> own = norm.input().param(ParamSpec.Role.BIAS);
    float[] before = own.map(p -> original.apply(p.name())).orElseGet(() -> new float[mean.length]);
    float[] bias = new float[mean.length];
    for (int c = 0; c < bias.length; c++) {
      bias[c] = (float) (((double) before[c] - mean[c]) * scale[c] + shift[c]);
    }
    return bias;
  }

  private static double[] scale(Node norm, Function<String, float[]> original) {
    float[] gamma = original.apply(name(norm, ParamSpec.Role.NORM_SCALE));
    float[] variance = original.apply(name(norm, ParamSpec.Role.RUNNING_VAR));
    double epsilon = ((Op.BatchNorm) norm.op()).epsilon();
    double[] scale = new double[gamma.length];
    for (int c = 0; c < scale.length; c++) {
      scale[c] = gamma[c] / Math.sqrt(variance[c] + epsilon);
    }
    return scale;
  }

  private static String name(Node node, ParamSpec.Role role) {
    return node.param(role).orElseThrow().name();
  }

  private static String biasOf(Node conv) {
    return conv.name() + ".bias";
  }
}
