package dev.fovea.onednn;

import dev.fovea.graph.Consumers;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.program.Optimization;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Runs the batch norms of all branches of a concatenation as one; training only. If all branches
 * end in convolution and batch norm (and ReLU), the convolutions write into one tensor, and the
 * output of one batch norm over that tensor is the concatenation.
 *
 * <p>Batch norm works per channel, so this computes the same values, with scales, shifts and
 * statistics side by side; nothing is copied for the concatenation, and the gradients of the
 * branches are slices of one tensor. Parameters stay separate; those with the same role are
 * contiguous in memory. Nested concatenations are flattened. If any branch ends differently, none
 * is hoisted, because the norm cannot write into a slice of the concatenation.
 */
final class HoistedNorms {
  /** The length of every vector must be a multiple of this for the vectors to be contiguous. */
  private static final int ALIGNED = ParameterLayout.ALIGNMENT / Float.BYTES;

  private final LoweringContext ctx;
  private final Weights weights;
  private final Map<Node, Group> byConcat = new IdentityHashMap<>();
  private final Map<Node, Group> byConv = new IdentityHashMap<>();
  private final Set<Node> seenThrough = new HashSet<>();

  /** The norms that meet in a concatenation, and the tensor into which their convolutions write. */
  private final class Group {
    private final Node concat;
    private final List<Node> norms;
    private final Map<Node, Tensor> parts = new IdentityHashMap<>();
    private Optional<Tensor> whole = Optional.empty();

    Group(Node concat, List<Node> norms) {
      this.concat = concat;
      this.norms = norms;
    }

    Tensor whole() {
      if (whole.isEmpty()) {
        Tensor t = ctx.tensor(concat.name() + " before its norm", ctx.standard(concat.shape()));
        whole = Optional.of(t);
        int channel = 0;
        for (Node n : norms) {
          parts.put(n.input(), t.viewedAs(ctx.channels(t.desc(), n.shape(), channel)));
          channel += n.shape().dim(0);
        }
      }
      return whole.get();
    }
  }

  HoistedNorms(LoweringContext ctx, Weights weights, Graph graph) {
    this.ctx = ctx;
    this.weights = weights;
    if (ctx.trains() && ctx.options().with(Optimization.HOIST_NORMS)) {
      Consumers consumers = graph.consumers();
      List<Node> nodes = graph.nodes();
      for (int i = nodes.size() - 1; i >= 0; i--) {
        if (nodes.get(i).op() instanceof Op.Concat && !seenThrough.contains(nodes.get(i))) {
          find(nodes.get(i), consumers);
        }
      }
    }
  }

  private void find(Node concat, Consumers consumers) {
    List<Node> norms = new ArrayList<>();
    List<Node> inner = new ArrayList<>();
    if (collect(concat, consumers, norms, inner)
        && norms.stream().allMatch(n -> n.op().getClass() == norms.get(0).op().getClass())
        && norms.stream().allMatch(n -> Norms.of(n).epsilon() == Norms.of(norms.get(0)).epsilon())
        && norms.stream().allMatch(n -> statistics(n) == statistics(norms.get(0)))
        && norms.stream().allMatch(this::isTrained)) {
      Group group = new Group(concat, norms);
      byConcat.put(concat, group);
      seenThrough.addAll(inner);
      seenThrough.addAll(norms);
      norms.forEach(n -> byConv.put(n.input(), group));
    }
  }

  private static boolean collect(
      Node concat, Consumers consumers, List<Node> norms, List<Node> inner) {
    for (Node in : concat.inputs()) {
      if (!consumers.of(in).equals(List.of(concat))) {
        return false;
      }
      if (in.op() instanceof Op.Concat) {
        inner.add(in);
        if (!collect(in, consumers, norms, inner)) {
          return false;
        }
      } else if ((in.op() instanceof Op.BatchNorm || in.op() instanceof Op.BatchNormRelu)
          && in.input().op() instanceof Op.Conv2d
          && consumers.of(in.input()).equals(List.of(in))
          && in.shape().dim(0) % ALIGNED == 0) {
        norms.add(in);
      } else {
        return false;
      }
    }
    return true;
  }

  private static Op.BatchNorm.Statistics statistics(Node norm) {
    return Norms.of(norm).statistics();
  }

  // Partly frozen norms lack gradients, or have constant statistics, and cannot be joined.
  private boolean isTrained(Node n) {
    return !Norms.of(n).fixed()
        && n.params().stream().noneMatch(weights::isFrozen)
        && n.input().params().stream().noneMatch(weights::isFrozen);
  }

  /** Whether {@code n} is a norm or a nested concatenation that is part of a joint norm. */
  boolean isAbsorbed(Node n) {
    return seenThrough.contains(n);
  }

  /** Whether the concatenation {@code n} is the output of a joint norm. */
  boolean isJoint(Node n) {
    return byConcat.containsKey(n);
  }

  /** The slice that the convolution {@code n} writes into, if its norm is hoisted. */
  Optional<Tensor> of(Node n) {
    return Optional.ofNullable(byConv.get(n))
        .map(
            g -> {
              g.whole();
              return g.parts.get(n);
            });
  }

  /** The norms that run as one and lead to {@code concat}. */
  List<Node> norms(Node concat) {
    return group(concat).norms;
  }

  /** The input of the joint norm: the outputs of all convolutions, side by side. */
  Tensor gather(Node concat, Activations values) {
    Group group = group(concat);
    Tensor whole = group.whole();
    for (Node n : group.norms) {
      Tensor written = values.of(n.input());
      Tensor part = Objects.requireNonNull(group.parts.get(n.input()));
      if (!written.equals(part)) {
        ctx.copy(ctx.step(), n.name(), written, part);
      }
    }
    return whole;
  }

  private Group group(Node concat) {
    return Objects.requireNonNull(byConcat.get(concat));
  }
}
