package dev.fovea.autodiff;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One step of the backward pass; a {@link TrainingGraph} and an {@link AttributionGraph} list them
 * in the order they run.
 */
public sealed interface BackwardStep {

  /** Computes the loss of one classifier and its gradient with respect to the logits. */
  record LossGradient(Graph.Output output, SoftmaxCrossEntropy loss, Grad logits)
      implements BackwardStep {}

  /**
   * Takes the weights of a score as its gradient with respect to the logits: the score of an image
   * is the sum of its logits, each times its weight.
   */
  record ScoreGradient(Node output, Grad logits) implements BackwardStep {}

  /** Keeps the gradient of a node to be read after the backward pass. */
  record Keep(Node node, Grad gradient) implements BackwardStep {}

  /** Sums the gradients that several consumers of one output send back. */
  record Sum(List<Grad> parts, Grad total) implements BackwardStep {
    /** Copies the list. */
    public Sum {
      parts = List.copyOf(parts);
    }
  }

  /**
   * Computes the gradients of a node's inputs and parameters from that of its output.
   *
   * @param dx one entry per input; null where it is not needed; entries may share a gradient, and
   *     an entry may be {@code dy} itself
   */
  record Backward(Node node, Grad dy, List<@Nullable Grad> dx) implements BackwardStep {}
}
