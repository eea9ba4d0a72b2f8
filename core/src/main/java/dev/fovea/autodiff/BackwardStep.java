package dev.fovea.autodiff;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One step of the backward pass; a {@link TrainingGraph} lists them in the order they run. */
public sealed interface BackwardStep {

  /** The loss of one classifier and its derivative with respect to the logits. */
  record LossGradient(Graph.Output output, Grad logits) implements BackwardStep {}

  /** The total of what several readers of one output send back. */
  record Sum(List<Grad> parts, Grad total) implements BackwardStep {
    /** Copies the list. */
    public Sum {
      parts = List.copyOf(parts);
    }
  }

  /**
   * The derivative of one node: from that of its output to those of its inputs and parameters.
   *
   * @param dx one entry per input; null where nobody needs it (the images); several entries may be
   *     the same gradient, and an entry may be {@code dy} itself
   */
  record Backward(Node node, Grad dy, List<@Nullable Grad> dx) implements BackwardStep {}
}
