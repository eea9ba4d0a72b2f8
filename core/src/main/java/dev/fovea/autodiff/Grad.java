package dev.fovea.autodiff;

import dev.fovea.graph.Node;

/**
 * The gradient of the loss or score with respect to a node's output: a tensor of that node's shape.
 *
 * @param id unique within a {@link TrainingGraph} or {@link AttributionGraph}
 */
public record Grad(int id, Node of) {
  @Override
  public String toString() {
    return "d" + id + "(" + of.name() + ")";
  }
}
