package dev.fovea.onednn;

import dev.fovea.graph.Consumers;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.onednn.handle.Arg;
import dev.fovea.onednn.handle.Descriptions;
import dev.fovea.onednn.handle.Layout;
import dev.fovea.onednn.handle.MemoryDesc;
import dev.fovea.onednn.handle.PostOp;
import dev.fovea.onednn.handle.PrimitiveDesc;
import dev.fovea.tensor.DType;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * For inference: a convolution, the batch norm after it, the addition after that and a final ReLU
 * run as one primitive.
 *
 * <p>With population statistics a batch norm is y = a·x + b per channel: a goes into the weights
 * and b becomes the bias (Ioffe and Szegedy 2015, section 3.1). The addition writes over the
 * shortcut's memory, which nobody reads afterwards.
 */
final class FoldedConvolutions {
  private final Lowering to;
  private final Weights weights;
  private final Forward forward;
  private final Map<Node, Chain> byEnd = new IdentityHashMap<>();
  private final Map<Node, Chain> inner = new IdentityHashMap<>();

  /**
   * Nodes that become one primitive, recorded where the last of them stands.
   *
   * @param sum the addition, if there is one
   * @param other what is added
   */
  private record Chain(
      Node conv, Node norm, @Nullable Node sum, @Nullable Node other, boolean relu) {}

  FoldedConvolutions(Lowering to, Weights weights, Graph graph, Forward forward) {
    this.to = to;
    this.weights = weights;
    this.forward = forward;
    Consumers consumers = graph.consumers();
    for (Node n : graph.nodes()) {
      if (isNorm(n) && n.input().op() instanceof Op.Conv2d && consumers.of(n.input()).size() == 1) {
        add(n, consumers);
      }
    }
  }

  private void add(Node norm, Consumers consumers) {
    Node conv = norm.input();
    boolean relu = norm.op() instanceof Op.BatchNormRelu;
    List<Node> readers = consumers.of(norm);
    if (!relu
        && readers.size() == 1
        && isSum(readers.get(0))
        && !byEnd.containsKey(readers.get(0))) {
      Node sum = readers.get(0);
      Node other = sum.inputs().get(0) == norm ? sum.inputs().get(1) : sum.inputs().get(0);
      Chain chain = new Chain(conv, norm, sum, other, sum.op() instanceof Op.AddRelu);
      byEnd.put(sum, chain);
      inner.put(norm, chain);
      inner.put(conv, chain);
      return;
    }
    Chain chain = new Chain(conv, norm, null, null, relu);
    byEnd.put(norm, chain);
    inner.put(conv, chain);
  }

  private static boolean isNorm(Node n) {
    return n.op() instanceof Op.BatchNorm || n.op() instanceof Op.BatchNormRelu;
  }

  private static boolean isSum(Node n) {
    return (n.op() instanceof Op.Add || n.op() instanceof Op.AddRelu)
        && n.inputs().get(0) != n.inputs().get(1);
  }

  /** Records {@code n} if it is part of a chain; false if it is to be recorded on its own. */
  boolean lower(Node n) {
    if (inner.containsKey(n)) {
      return true;
    }
    Chain chain = byEnd.get(n);
    if (chain == null) {
      return false;
    }
    Tensor result = emit(n, chain);
    // Only now has the convolution read its input, which may be the very shortcut it is added to.
    forward.recorded(List.of(chain.conv(), chain.norm(), n), result);
    return true;
  }

  private Tensor emit(Node end, Chain chain) {
    Node conv = chain.conv();
    Op.Conv2d o = (Op.Conv2d) conv.op();
    Tensor x = forward.output(conv.input());
    long[] dims = ParameterLayout.weightDims(conv.param(Role.WEIGHT).orElseThrow(), o.groups());
    Descriptions.Geometry g = Lowering.geometry(o.window(), conv.input().shape(), conv.shape());
    MemoryDesc any = to.desc(dims, Layout.ANY);
    MemoryDesc bias = to.vector(o.outChannels());
    List<PostOp> postOps = new ArrayList<>();
    if (chain.sum() != null) {
      postOps.add(new PostOp.AddDestination());
    }
    if (chain.relu()) {
      postOps.add(new PostOp.Relu());
    }
    ConcatPlaces places = forward.places();
    PrimitiveDesc pd =
        places.choose(
            conv,
            chain.sum() == null ? end : conv,
            x,
            (from, into) -> to.describe().convolution(false, from, any, bias, into, g, postOps));
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    args.put(Arg.SRC, to.as(conv.name(), x, pd.src()));
    Tensor dst = chain.other() == null ? places.destination(end, pd) : sumInto(chain, pd.dst());
    args.put(Arg.DST, dst);
    foldInto(chain, dims, pd.weights(), bias, args);
    to.step()
        .primitive(
            conv.name(),
            "convolution" + (chain.sum() == null ? "" : " add") + (chain.relu() ? " relu" : ""),
            pd,
            args);
    return places.finished(end, dst);
  }

  /** The tensor that the convolution is added to: the shortcut's own memory, or a copy of it. */
  private Tensor sumInto(Chain chain, MemoryDesc wanted) {
    Node other = java.util.Objects.requireNonNull(chain.other());
    Node sum = java.util.Objects.requireNonNull(chain.sum());
    Tensor shortcut = forward.output(other);
    boolean free =
        forward.onlyReadBy(other, sum)
            && !Forward.isView(other)
            && !(other.op() instanceof Op.Input);
    if (free && shortcut.desc().sameAs(wanted)) {
      return shortcut;
    }
    Tensor copy = to.tensor(sum.name(), wanted);
    to.copy(to.step(), sum.name(), shortcut, copy);
    return copy;
  }

  private void foldInto(
      Chain chain, long[] dims, MemoryDesc wanted, MemoryDesc bias, Map<Arg, Tensor> args) {
    MemoryDesc plain = ParameterLayout.plainDesc(to.owner(), dims, DType.F32);
    Tensor staging = new Tensor(plain, to.plan().staging(plain.size()));
    Tensor packed = to.lasting(chain.conv().name() + " folded weights", wanted);
    Tensor shift = to.lasting(chain.conv().name() + " folded bias", bias);
    to.refresh()
        .host(
            chain.conv().name(),
            "fold batch norm",
            List.of(staging, shift),
            () -> fold(chain, staging, shift));
    to.copy(to.refresh(), chain.conv().name(), staging, packed);
    args.put(Arg.WEIGHTS, packed);
    args.put(Arg.BIAS, shift);
  }

  private void fold(Chain chain, Tensor weightsOut, Tensor biasOut) {
    Op op = chain.norm().op();
    Op.BatchNorm norm = op instanceof Op.BatchNormRelu r ? r.norm() : (Op.BatchNorm) op;
    float[] w = read(chain.conv(), Role.WEIGHT);
    float[] scale = read(chain.norm(), Role.NORM_SCALE);
    float[] shift = read(chain.norm(), Role.NORM_SHIFT);
    float[] mean = read(chain.norm(), Role.RUNNING_MEAN);
    float[] variance = read(chain.norm(), Role.RUNNING_VAR);
    boolean biased = chain.conv().param(Role.BIAS).isPresent();
    float[] before = biased ? read(chain.conv(), Role.BIAS) : new float[mean.length];
    float[] bias = new float[mean.length];
    int perChannel = w.length / mean.length;
    for (int c = 0; c < mean.length; c++) {
      double a = scale[c] / Math.sqrt(variance[c] + norm.epsilon());
      for (int i = c * perChannel; i < (c + 1) * perChannel; i++) {
        w[i] = (float) (a * w[i]);
      }
      bias[c] = (float) (shift[c] + a * (before[c] - mean[c]));
    }
    weightsOut.floats().put(w);
    biasOut.floats().put(bias);
  }

  private float[] read(Node node, Role role) {
    ParamSpec spec = node.param(role).orElseThrow();
    return weights.values().read(spec.name());
  }
}
