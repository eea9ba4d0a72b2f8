package dev.fovea.passes;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.Window;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A residual network as a network of Inception modules that computes the same.
 *
 * <p>The addition of branch and shortcut, each with C channels, becomes their concatenation with 2C
 * channels, and a 1x1 convolution to C channels whose weights are two identity matrices side by
 * side. So a residual block is an Inception module whose projection is fixed. The projections are
 * new parameters, named after the additions; all others keep their names and shapes.
 */
public final class ResidualAsInception {
  private static final String BRANCHES = ".branches";

  private final Graph graph;
  private final Map<String, float[]> projections;

  /** Rewrites every addition of two different nodes that have channels. */
  public ResidualAsInception(Graph residual) {
    Map<String, float[]> weights = new LinkedHashMap<>();
    this.graph =
        residual.rewrite(
            (builder, n, inputs) -> {
              if (!(n.op() instanceof Op.Add)
                  || n.shape().rank() != 3
                  || inputs.get(0).equals(inputs.get(1))) {
                return builder.add(n.name(), n.op(), inputs);
              }
              int channels = n.shape().dim(0);
              Node both = builder.concat(n.name() + BRANCHES, inputs);
              Op.Conv2d projection = Op.Conv2d.of(channels, Window.square(1));
              Node sum = builder.conv(n.name(), both, projection);
              weights.put(
                  sum.param(ParamSpec.Role.WEIGHT).orElseThrow().name(), identities(channels));
              return sum;
            });
    this.projections = Map.copyOf(weights);
  }

  /** Two identity matrices side by side: {@code channels} rows, twice as many columns. */
  private static float[] identities(int channels) {
    float[] weights = new float[2 * channels * channels];
    for (int c = 0; c < channels; c++) {
      weights[2 * channels * c + c] = 1;
      weights[2 * channels * c + channels + c] = 1;
    }
    return weights;
  }

  /** Returns the rewritten graph. */
  public Graph graph() {
    return graph;
  }

  /**
   * Returns the weights of the projections that make the graph compute what it did, by the names of
   * their parameters, row-major in the shape (C, 2C, 1, 1).
   */
  public Map<String, float[]> projections() {
    return projections;
  }
}
