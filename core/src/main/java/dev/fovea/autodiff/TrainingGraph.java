package dev.fovea.autodiff;

import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import java.util.List;
import java.util.Set;

/**
 * A network with its loss and the backward pass that follows from both.
 *
 * @param forward the network; its nodes run in order
 * @param backward what runs after them, in order; ends with the gradients of all parameters that
 *     are trained
 * @param frozen the names of trainable parameters that have no gradient
 */
public record TrainingGraph(
    Graph forward, SoftmaxCrossEntropy loss, List<BackwardStep> backward, Set<String> frozen) {
  /** Copies list and set. */
  public TrainingGraph {
    backward = List.copyOf(backward);
    frozen = Set.copyOf(frozen);
  }

  /** Whether {@code parameter} has a gradient. */
  public boolean trains(ParamSpec parameter) {
    return parameter.role().trainable() && !frozen.contains(parameter.name());
  }
}
