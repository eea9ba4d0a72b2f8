package dev.fovea.onednn;

import dev.fovea.graph.Consumers;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Eltwise;
import dev.fovea.onednn.binding.MemoryDesc;
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
 *   <li>GELU and SiLU that only convolutions and pools read, and a batch norm that only they read.
 *   <li>Addition + ReLU at the end of a residual unit, at most every second one: recomputed from
 *       the branch's last norm and the shortcut, which must be kept.
 * </ul>
 */
final class Recomputation {
  private final LoweringContext ctx;
  private final Norms norms;
  private final Elementwise elementwise;
  private final Activations values;
  private final Set<Node> chosen = new HashSet<>();
  private final Map<Node, Tensor> again = new IdentityHashMap<>();

  Recomputation(LoweringContext ctx, Lowerings lowerings, Activations values, Graph graph) {
    this.ctx = ctx;
    this.norms = lowerings.norms();
    this.elementwise = lowerings.elementwise();
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
    } else if (n.op() instanceof Op.BatchNorm) {
      return readers.size() == 1 && isSmooth(readers.get(0)) && worthIt(readers.get(0), consumers);
    } else if (isSmooth(n)) {
      return readers.stream().allMatch(r -> r.op() instanceof Op.Conv2d || Pools.lowers(r.op()));
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

  private static boolean isSmooth(Node n) {
    return Elementwise.functionOf(n.op()).filter(Eltwise::readsInput).isPresent();
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
      if (node.op() instanceof Op.AddRelu) {
        known = sum(node);
      } else if (isSmooth(node)) {
        known = function(node);
      } else {
        known = norm(node, node.op() instanceof Op.BatchNormRelu);
      }
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

  private Tensor function(Node node) {
    Tensor x = restore(node.input(), values.of(node.input()));
    MemoryDesc standard = ctx.standard(node.shape());
    Tensor y = ctx.tensor(node.name() + " recomputed", standard);
    Eltwise f = Elementwise.functionOf(node.op()).orElseThrow();
    elementwise.apply(node, f, ctx.as(node.name(), x, standard), y);
    return y;
  }

  private Tensor norm(Node node, boolean relu) {
    return norms.recompute(node, (SavedForBackward.Norm) values.saved(node), relu);
  }
}
