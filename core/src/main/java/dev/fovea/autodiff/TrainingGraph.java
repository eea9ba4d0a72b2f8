package dev.fovea.autodiff;

import dev.fovea.graph.Graph;
import java.util.List;

/**
 * A network with its loss and the backward pass that follows from both.
 *
 * @param forward the network; its nodes run in order
 * @param backward what runs after them, in order; ends with the gradients of all parameters
 */
public record TrainingGraph(Graph forward, SoftmaxCrossEntropy loss, List<BackwardStep> backward) {
  /** Copies the list. */
  public TrainingGraph {
    backward = List.copyOf(backward);
  }
}
