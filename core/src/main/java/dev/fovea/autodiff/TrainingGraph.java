package dev.fovea.autodiff;

import dev.fovea.graph.Graph;
import dev.fovea.graph.ParamSpec;
import java.util.List;
import java.util.Set;

/**
 * A network, its loss, and the backward pass derived from both.
 *
 * @param forward the network; its nodes run in order
 * @param backward the steps that run after them, in order; they compute the gradients of all
 *     trained parameters
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
