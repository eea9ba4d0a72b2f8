package dev.fovea.onednn;

import dev.fovea.autodiff.GradientRules;
import dev.fovea.graph.Consumers;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The state of the forward pass during lowering: the output tensor of every lowered node, what the
 * node saved for its backward pass, and which tensors may be overwritten.
 */
final class Activations {
  private final LoweringContext ctx;
  private final Consumers consumers;
  private final Map<Node, Tensor> outputs = new IdentityHashMap<>();
  private final Map<Node, SavedForBackward> saved = new IdentityHashMap<>();
  private final Set<Node> lowered = new HashSet<>();

  Activations(LoweringContext ctx, Graph graph) {
    this.ctx = ctx;
    this.consumers = graph.consumers();
  }

  /** The output of a lowered node. */
  Tensor of(Node node) {
    return Objects.requireNonNull(outputs.get(node), node.name());
  }

  /** The only input of a node, in the layout that all operations but convolutions expect. */
  Tensor inputOf(Node node) {
    return ctx.as(node.name(), of(node.input()), ctx.standard(node.input().shape()));
  }

  /** Records the output of a lowered node. */
  void put(Node node, Tensor output) {
    putLast(List.of(node), output);
  }

  /** Records the output of several nodes that were lowered to one primitive. */
  void putLast(List<Node> nodes, Tensor output) {
    outputs.put(nodes.get(nodes.size() - 1), output);
    lowered.addAll(nodes);
  }

  /** The values that a node saved for its backward pass. */
  SavedForBackward saved(Node node) {
    return Objects.requireNonNull(saved.get(node), node.name());
  }

  /** Saves values for the backward pass of a node. */
  void save(Node node, SavedForBackward values) {
    saved.put(node, values);
  }

  /** Whether all consumers of {@code node} other than {@code last} have been lowered already. */
  boolean onlyReadBy(Node node, Node last) {
    return consumers.of(node).stream().allMatch(c -> c == last || lowered.contains(c));
  }

  /**
   * Whether {@code n} may overwrite the output of {@code input}: nothing else reads it, neither
   * forward nor backward.
   */
  boolean mayOverwrite(Node n, Node input) {
    boolean readByOthers = consumers.of(input).size() > 1 || input.op() instanceof Op.Input;
    if (readByOthers || isView(input) || !of(input).desc().sameAs(ctx.standard(n.shape()))) {
      return false;
    }
    GradientRules.Reads producer = reads(input.op());
    GradientRules.Reads self = reads(n.op());
    boolean producerKeepsOutput = producer == GradientRules.Reads.OUTPUT;
    boolean selfKeepsInput =
        self == GradientRules.Reads.INPUTS || self == GradientRules.Reads.INPUTS_AND_SAVED;
    return !ctx.differentiates() || (!producerKeepsOutput && !selfKeepsInput);
  }

  private GradientRules.Reads reads(Op op) {
    return ctx.trains() ? GradientRules.of(op).reads() : GradientRules.readsForInputsOnly(op);
  }

  /**
   * Whether the output of {@code input} may share memory with a tensor that other nodes still read.
   */
  static boolean isView(Node input) {
    return input.op() instanceof Op.Flatten
        || input.op() instanceof Op.Dropout
        || input.op() instanceof Op.StochasticDepth;
  }
}
