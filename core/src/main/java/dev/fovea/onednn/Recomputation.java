package dev.fovea.onednn;

import dev.fovea.graph.Consumers;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.PostOp;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.program.CompileOptions.Memory;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Saves memory by recomputing cheap activations in the backward pass, from tensors that are kept
 * anyway (gradient checkpointing).
 *
 * <ul>
 *   <li>Batch norm + ReLU that only convolutions read: recomputed from the norm's input and the
 *       batch statistics.
 *   <li>Addition + ReLU at the end of a residual unit, at most every second one: recomputed from
 *       the branch's last norm and the shortcut, which must be kept.
 * </ul>
 */
final class Recomputation {
  private final LoweringContext ctx;
  private final Norms norms;
  private final Activations values;
  private final Set<Node> chosen = new HashSet<>();
  private final Map<Node, Tensor> again = new IdentityHashMap<>();

  Recomputation(LoweringContext ctx, Norms norms, Activations values, Graph graph) {
    this.ctx = ctx;
    this.norms = norms;
    this.values = values;
    if (ctx.trains() && ctx.options().memory() == Memory.LOW) {
      Consumers consumers = graph.consumers();
      graph.nodes().stream().filter(n -> worthIt(n, consumers)).forEach(chosen::add);
    }
  }

  private boolean worthIt(Node n, Consumers consumers) {
    List<Node> readers = consumers.of(n);
    if (n.op() instanceof Op.BatchNormRelu) {
      return readers.stream().allMatch(r -> r.op() instanceof Op.Conv2d);
    }
    boolean known =
        readers.stream()
            .allMatch(
                r ->
                    r.op() instanceof Op.Conv2d
                        || r.op() instanceof Op.AddRelu
                        || r.op() instanceof Op.GlobalAvgPool
                        || r.op() instanceof Op.PadShortcut);
    return n.op() instanceof Op.AddRelu
        && known
        && n.inputs().stream().allMatch(i -> atHand(i, n, consumers));
  }

  // A normalization can be recomputed; anything else must be kept for the gradient of a
  // convolution.
  private boolean atHand(Node input, Node sum, Consumers consumers) {
    if (input.op() instanceof Op.BatchNorm) {
      return consumers.of(input).equals(List.of(sum));
    }
    return !chosen.contains(input)
        && consumers.of(input).stream().anyMatch(r -> r.op() instanceof Op.Conv2d);
  }

  /** The output of {@code node} for the backward pass: {@code kept}, or recomputed. */
  Tensor restore(Node node, Tensor kept) {
    if (!chosen.contains(node)) {
      return kept;
    }
    Tensor known = again.get(node);
    if (known == null) {
      known = node.op() instanceof Op.AddRelu ? sum(node) : norm(node, true);
      again.put(node, known);
    }
    return known;
  }

  private Tensor sum(Node node) {
    Node first = node.inputs().get(0);
    Node second = node.inputs().get(1);
    Node branch = first.op() instanceof Op.BatchNorm ? first : second;
    Node other = branch == first ? second : first;
    Tensor a = norm(branch, false);
    Tensor b = other.op() instanceof Op.BatchNorm ? norm(other, false) : values.of(other);
    PrimitiveDesc pd =
        ctx.choose(
            node,
            List.of(
                () ->
                    ctx.describe().add(a.desc(), b.desc(), a.desc(), List.of(new PostOp.Relu()))));
    ctx.step()
        .primitive(
            node.name(), "binary recomputed", pd, Map.of(Arg.SRC, a, Arg.SRC_1, b, Arg.DST, a));
    return a;
  }

  private Tensor norm(Node node, boolean relu) {
    return norms.recompute(node, (SavedForBackward.Norm) values.saved(node), relu);
  }
}
