package dev.fovea.onednn;

import dev.fovea.graph.Consumers;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Descriptions;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.passes.Optimization;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * For training: branches that all end in convolution and batch norm (and ReLU) and meet in a
 * concatenation write their convolutions into one tensor, over which one batch norm runs, whose
 * result is the concatenation.
 *
 * <p>Batch norm is per channel, so that this is the same mathematics with scales, shifts and
 * statistics side by side; nothing is copied to be concatenated, and the gradients of the branches
 * are parts of one tensor. Parameters stay what they were: those of one role lie one behind the
 * other. Concatenations inside concatenations are seen through. Where one branch ends in anything
 * else, all are left as they are: the norm cannot write into a part of the concatenation.
 */
final class HoistedNorms {
  /** Channels that every vector must be a multiple of to lie right behind the one before. */
  private static final int ALIGNED = 16;

  private final LoweringContext ctx;
  private final Weights weights;
  private final Map<Node, Group> byConcat = new IdentityHashMap<>();
  private final Map<Node, Group> byConv = new IdentityHashMap<>();
  private final Set<Node> seenThrough = new HashSet<>();

  /** The norms that meet in a concatenation, and the tensor that their convolutions write to. */
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

    List<ParamSpec> params(Role role) {
      return norms.stream().map(n -> n.param(role).orElseThrow()).toList();
    }
  }

  HoistedNorms(LoweringContext ctx, Weights weights, Graph graph) {
    this.ctx = ctx;
    this.weights = weights;
    if (ctx.training() && ctx.options().with(Optimization.HOIST_NORMS)) {
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
        && norms.stream().allMatch(n -> norm(n).epsilon() == norm(norms.get(0)).epsilon())
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

  // What is partly frozen has no gradients, or constant statistics, that could lie side by side.
  private boolean isTrained(Node n) {
    return !norm(n).fixed()
        && n.params().stream().noneMatch(weights::isFrozen)
        && n.input().params().stream().noneMatch(weights::isFrozen);
  }

  private static Op.BatchNorm norm(Node n) {
    return n.op() instanceof Op.BatchNormRelu r ? r.norm() : (Op.BatchNorm) n.op();
  }

  /** Whether {@code n} is a norm or an inner concatenation that has become part of a larger one. */
  boolean seesThrough(Node n) {
    return seenThrough.contains(n);
  }

  /** Whether the concatenation {@code n} is the result of one norm. */
  boolean joins(Node n) {
    return byConcat.containsKey(n);
  }

  /** Where the convolution {@code n} is to write. */
  Optional<Tensor> of(Node n) {
    return Optional.ofNullable(byConv.get(n))
        .map(
            g -> {
              g.whole();
              return g.parts.get(n);
            });
  }

  /** Records the norm over all branches of {@code concat} and returns its result. */
  Tensor forward(
      Node concat,
      Map<Node, Tensor> outputs,
      Map<Node, SavedForBackward> saved,
      List<RunningStatistics.Entry> statistics) {
    Group group = Objects.requireNonNull(byConcat.get(concat));
    Tensor x = group.whole();
    for (Node n : group.norms) {
      Tensor written = Objects.requireNonNull(outputs.get(n.input()));
      Tensor part = Objects.requireNonNull(group.parts.get(n.input()));
      if (!written.equals(part)) {
        ctx.copy(ctx.step(), n.name(), written, part);
      }
    }
    Node first = group.norms.get(0);
    boolean relu = first.op() instanceof Op.BatchNormRelu;
    Descriptions.Norm norm = new Descriptions.Norm((float) norm(first).epsilon(), relu, false);
    MemoryDesc out = ctx.standard(concat.shape());
    PrimitiveDesc pd =
        ctx.choose(concat, List.of(() -> ctx.describe().batchNorm(true, x.desc(), out, norm)));
    int channels = concat.shape().dim(0);
    Tensor mean = ctx.tensor(concat.name() + " mean", ctx.vector(channels));
    Tensor variance = ctx.tensor(concat.name() + " variance", ctx.vector(channels));
    Tensor dst = ctx.tensor(concat.name(), out);
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    args.put(Arg.SRC, x);
    args.put(Arg.SCALE, weights.masters(group.params(Role.NORM_SCALE)));
    args.put(Arg.SHIFT, weights.masters(group.params(Role.NORM_SHIFT)));
    args.put(Arg.MEAN, mean);
    args.put(Arg.VARIANCE, variance);
    args.put(Arg.DST, dst);
    MemoryDesc ws = pd.workspace();
    Tensor workspace = ws.size() > 0 ? ctx.tensor(concat.name() + " signs", ws) : null;
    if (workspace != null) {
      args.put(Arg.WORKSPACE, workspace);
    }
    ctx.step()
        .primitive(
            concat.name(), relu ? "batch_normalization relu" : "batch_normalization", pd, args);
    saved.put(concat, new SavedForBackward.Norm(pd, norm, x, mean, variance, workspace));
    statistics.addAll(statistics(group, mean, variance));
    return dst;
  }

  private List<RunningStatistics.Entry> statistics(Group group, Tensor mean, Tensor variance) {
    List<RunningStatistics.Entry> entries = new ArrayList<>();
    weights.masters(group.params(Role.RUNNING_MEAN));
    weights.masters(group.params(Role.RUNNING_VAR));
    long offset = 0;
    for (Node n : group.norms) {
      int channels = n.shape().dim(0);
      MemoryDesc vector = ctx.vector(channels);
      entries.add(
          new RunningStatistics.Entry(
              new Tensor(vector, mean.buffer(), offset),
              new Tensor(vector, variance.buffer(), offset),
              weights.master(n.param(Role.RUNNING_MEAN).orElseThrow()),
              weights.master(n.param(Role.RUNNING_VAR).orElseThrow()),
              channels,
              norm(n).momentum(),
              RunningStatistics.values(n, ctx.batch())));
      offset += (long) channels * Float.BYTES;
    }
    return entries;
  }

  /** The scales of the norms behind {@code concat}. */
  Tensor scales(Node concat) {
    return weights.masters(params(concat, Role.NORM_SCALE));
  }

  /** Where the gradients of scales or shifts go. */
  Tensor gradients(Node concat, Role role) {
    return weights.gradients(params(concat, role));
  }

  private List<ParamSpec> params(Node concat, Role role) {
    return Objects.requireNonNull(byConcat.get(concat)).params(role);
  }
}
