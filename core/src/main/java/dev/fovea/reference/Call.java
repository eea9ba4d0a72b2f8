package dev.fovea.reference;

import dev.fovea.graph.Node;
import dev.fovea.graph.ParamSpec;
import dev.fovea.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The evaluation of one node on a batch: everything it reads.
 *
 * @param inputs the values of the node's inputs, in order
 * @param parameters the values of all parameters by name; running statistics are updated in place
 * @param exchange with the same node on other ranks
 */
record Call(
    Node node,
    int batch,
    List<double[]> inputs,
    Map<String, double[]> parameters,
    ReferenceExchange exchange) {

  /** An evaluation on one rank alone. */
  Call(Node node, int batch, List<double[]> inputs, Map<String, double[]> parameters) {
    this(node, batch, inputs, parameters, ReferenceExchange.NONE);
  }

  /** The value of the first input. */
  double[] x() {
    return inputs.get(0);
  }

  /** The shape of input {@code i} for one image. */
  Shape inputShape(int i) {
    return node.inputs().get(i).shape();
  }

  /** The name of the node's parameter with this role. */
  String name(ParamSpec.Role role) {
    return node.param(role)
        .orElseThrow(
            () ->
                new IllegalStateException(
                    "node '" + node.name() + "' has no parameter with role " + role))
        .name();
  }

  /** Whether the node has a parameter with this role. */
  boolean has(ParamSpec.Role role) {
    return node.param(role).isPresent();
  }

  /** The value of the node's parameter with this role. */
  double[] param(ParamSpec.Role role) {
    return Objects.requireNonNull(parameters.get(name(role)));
  }

  /** A zero-filled array for the output of the whole batch. */
  double[] newOutput() {
    return new double[Math.toIntExact(batch * node.shape().elements())];
  }
}
