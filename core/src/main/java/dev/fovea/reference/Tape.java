package dev.fovea.reference;

import dev.fovea.autodiff.BackwardStep;
import dev.fovea.autodiff.Grad;
import dev.fovea.graph.Node;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.DoubleUnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Every value and gradient of one forward and backward pass.
 *
 * @param parameters by name; running statistics are updated in place
 * @param storage applied to every value and gradient but those that are put
 * @param exchange with the same pass on other ranks
 */
record Tape(
    int batch,
    Map<String, double[]> parameters,
    DoubleUnaryOperator storage,
    ReferenceExchange exchange,
    Map<Node, double[]> values,
    Map<Grad, double[]> grads) {

  /** An empty tape. */
  Tape(
      int batch,
      Map<String, double[]> parameters,
      DoubleUnaryOperator storage,
      ReferenceExchange exchange) {
    this(batch, parameters, storage, exchange, new IdentityHashMap<>(), new HashMap<>());
  }

  /** Forgets the last pass. */
  void clear() {
    values.clear();
    grads.clear();
  }

  /** What a node reads. */
  Call call(Node n) {
    List<double[]> inputs = n.inputs().stream().map(this::value).toList();
    return new Call(n, batch, inputs, parameters, exchange);
  }

  /** The output of a node that was computed. */
  double[] value(Node node) {
    double[] value = values.get(node);
    if (value == null) {
      throw new IllegalArgumentException(
          "no value of node '"
              + node.name()
              + "': run a step first, and ask for nodes of this program's graph");
    }
    return value;
  }

  /** A gradient that was computed. */
  double[] grad(Grad grad) {
    double[] value = grads.get(grad);
    if (value == null) {
      throw new IllegalStateException("the backward pass reads " + grad + " before it is written");
    }
    return value;
  }

  /** Adds up gradients. */
  void sum(BackwardStep.Sum step) {
    double[] total = grad(step.parts().get(0));
    for (Grad part : step.parts().subList(1, step.parts().size())) {
      total = Pointwise.map(total, grad(part), Double::sum);
    }
    grads.put(step.total(), Pointwise.map(total, storage));
  }

  /**
   * Computes the gradients of one node's inputs.
   *
   * @param gradients receives those of its parameters, by name
   */
  void differentiate(
      BackwardStep.Backward step, long dropoutSeed, Map<String, double[]> gradients) {
    double[] dy = grad(step.dy());
    boolean wantDx = step.dx().stream().anyMatch(Objects::nonNull);
    List<double @Nullable []> dx =
        new Backward(call(step.node()), value(step.node()), dy, dropoutSeed, gradients).run(wantDx);
    for (int i = 0; i < dx.size(); i++) {
      Grad to = step.dx().get(i);
      double[] value = dx.get(i);
      if (to != null && value != null) {
        grads.put(to, Pointwise.map(value, storage));
      }
    }
  }
}
