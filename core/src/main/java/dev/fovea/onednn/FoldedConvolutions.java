package dev.fovea.onednn;

import dev.fovea.graph.Consumers;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Descriptions;
import dev.fovea.onednn.binding.Eltwise;
import dev.fovea.onednn.binding.Layout;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.PostOp;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.tensor.DType;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Runs a convolution, the following batch norm, addition and ReLU as one primitive; inference only.
 *
 * <p>With running statistics a batch norm is y = a·x + b per channel: a is folded into the weights
 * and b becomes the bias (Ioffe and Szegedy 2015, section 3.1). The addition overwrites the
 * shortcut's memory, which nothing reads afterwards.
 */
final class FoldedConvolutions {
  private final LoweringContext ctx;
  private final Activations values;
  private final ConcatAliasing places;
  private final FastConvolutions fast;
  private final Elementwise elementwise;
  private final Map<Node, Chain> byEnd = new IdentityHashMap<>();
  private final Set<Node> inner = new HashSet<>();

  /**
   * Nodes that become one primitive, emitted in the place of the last of them.
   *
   * @param norm the norm, if there is one
   * @param sum the addition, if there is one
   * @param other the other addend
   * @param function the activation at the end, if there is one
   * @param end the last node
   */
  private record Chain(
      Node conv,
      @Nullable Node norm,
      @Nullable Node sum,
      @Nullable Node other,
      Optional<Eltwise> function,
      Node end) {

    boolean relu() {
      return function.equals(Optional.of(Eltwise.RELU));
    }

    Op.Conv2d op() {
      return (Op.Conv2d) conv.op();
    }
  }

  /**
   * Finds the chains of a network.
   *
   * @param allowed whether the result of a node need not be kept by itself
   */
  FoldedConvolutions(
      LoweringContext ctx,
      Graph graph,
      Predicate<Node> allowed,
      Activations values,
      ConcatAliasing places,
      FastConvolutions fast) {
    this.fast = fast;
    this.elementwise = new Elementwise(ctx);
    this.ctx = ctx;
    this.values = values;
    this.places = places;
    Consumers consumers = graph.consumers();
    for (Node n : graph.nodes()) {
      boolean onConvolution =
          n.inputs().size() == 1
              && n.input().op() instanceof Op.Conv2d
              && allowed.test(n.input())
              && consumers.of(n.input()).size() == 1;
      if (onConvolution && isNorm(n)) {
        add(n, consumers, allowed);
      } else if (onConvolution && isActivation(n)) {
        put(new Chain(n.input(), null, null, null, Elementwise.functionOf(n.op()), n));
      }
    }
  }

  private void add(Node norm, Consumers consumers, Predicate<Node> allowed) {
    Node conv = norm.input();
    boolean relu = norm.op() instanceof Op.BatchNormRelu;
    Optional<Eltwise> function = relu ? Optional.of(Eltwise.RELU) : Optional.empty();
    List<Node> readers = consumers.of(norm);
    if (!relu
        && allowed.test(norm)
        && readers.size() == 1
        && isSum(readers.get(0))
        && !byEnd.containsKey(readers.get(0))) {
      Node sum = readers.get(0);
      Node other = sum.inputs().get(0) == norm ? sum.inputs().get(1) : sum.inputs().get(0);
      inner.add(norm);
      Optional<Eltwise> after =
          sum.op() instanceof Op.AddRelu ? Optional.of(Eltwise.RELU) : Optional.empty();
      put(activated(new Chain(conv, norm, sum, other, after, sum), consumers, allowed));
      return;
    }
    put(activated(new Chain(conv, norm, null, null, function, norm), consumers, allowed));
  }

  /** The chain with the activation that alone reads its end, if there is one. */
  private Chain activated(Chain chain, Consumers consumers, Predicate<Node> allowed) {
    List<Node> readers = consumers.of(chain.end());
    boolean found =
        chain.function().isEmpty()
            && readers.size() == 1
            && isActivation(readers.get(0))
            && allowed.test(chain.end());
    if (!found) {
      return chain;
    }
    inner.add(chain.end());
    Node activation = readers.get(0);
    return new Chain(
        chain.conv(),
        chain.norm(),
        chain.sum(),
        chain.other(),
        Elementwise.functionOf(activation.op()),
        activation);
  }

  private void put(Chain chain) {
    byEnd.put(chain.end(), chain);
    inner.add(chain.conv());
  }

  /** Functions that leave 0 as it is, since the padded channels of a block must stay 0. */
  private static boolean isActivation(Node n) {
    return n.op() instanceof Op.Relu
        || n.op() instanceof Op.Gelu
        || n.op() instanceof Op.Silu
        || n.op() instanceof Op.Tanh;
  }

  private static boolean isNorm(Node n) {
    return n.op() instanceof Op.BatchNorm || n.op() instanceof Op.BatchNormRelu;
  }

  private static boolean isSum(Node n) {
    return (n.op() instanceof Op.Add || n.op() instanceof Op.AddRelu)
        && n.inputs().get(0) != n.inputs().get(1);
  }

  /** Lowers {@code n} as part of a chain; returns false if it belongs to none. */
  boolean lower(Node n) {
    if (inner.contains(n)) {
      return true;
    }
    Chain chain = byEnd.get(n);
    if (chain == null) {
      return false;
    }
    Tensor result = emit(chain);
    List<Node> nodes = new ArrayList<>(List.of(chain.conv()));
    if (chain.norm() != null) {
      nodes.add(chain.norm());
    }
    if (chain.sum() != null && chain.sum() != n) {
      nodes.add(chain.sum());
    }
    nodes.add(n);
    // Only now has the convolution read its input, which may be the shortcut it is added to.
    values.putLast(nodes, result);
    return true;
  }

  /** Whether {@code n} is the last node of a chain. */
  boolean isEnd(Node n) {
    return byEnd.containsKey(n);
  }

  private Tensor emit(Chain chain) {
    Optional<FastConvolutions.Chosen> chosen = fast.forward(chain.conv());
    return chosen.isPresent() ? emitFast(chain, chosen.get()) : emitDirect(chain);
  }

  private Tensor emitFast(Chain chain, FastConvolutions.Chosen by) {
    Node conv = chain.conv();
    Tensor src = fast.inBlocks(conv.name(), values.of(conv.input()), conv.input().shape());
    Tensor dst =
        chain.other() == null
            ? places.destination(chain.end())
            : sumInto(chain, ctx.standard(chain.end().shape()));
    long[] dims = ParameterLayout.dims(conv.param(Role.WEIGHT).orElseThrow());
    // Whole blocks of channels, since the padding of the result must stay zero.
    Tensor shift =
        ctx.persistent(conv.name() + " folded bias", ctx.vector(by.rule().channelsOut()));
    MemoryDesc plain = ParameterLayout.plainDesc(ctx.owner(), dims, DType.F32);
    FastConvolutions.Staged staged = fast.stage(conv.name() + " folded", plain, dims);
    ctx.refresh()
        .kernel(
            conv.name(),
            "fold batch norm",
            List.of(staged.plain(), shift),
            new Fold(chain, staged.plain(), shift));
    ctx.copy(ctx.refresh(), conv.name(), staged.plain(), staged.blocked());
    boolean add = chain.sum() != null;
    fast.forwardStaged(
        conv,
        by,
        src,
        staged.blocked(),
        new FastConvolutions.Result(kind(chain), dst, Optional.of(shift), add, chain.relu()));
    // The machine code knows no other function than the ReLU.
    chain
        .function()
        .filter(f -> f != Eltwise.RELU)
        .ifPresent(f -> elementwise.functionInPlace(chain.end(), f, dst));
    return places.inConsumerLayout(chain.end(), dst);
  }

  private static String kind(Chain chain) {
    String after = chain.function().map(f -> " " + f.name().toLowerCase(Locale.ROOT)).orElse("");
    return "convolution" + (chain.sum() == null ? "" : " add") + after;
  }

  private Tensor emitDirect(Chain chain) {
    Node conv = chain.conv();
    Tensor x = values.of(conv.input());
    Optional<Tensor> place = chain.sum() == null ? places.of(chain.end()) : Optional.empty();
    long[] dims =
        ParameterLayout.weightDims(conv.param(Role.WEIGHT).orElseThrow(), chain.op().groups());
    PrimitiveDesc pd = describe(chain, dims, x, place);
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    args.put(Arg.SRC, ctx.as(conv.name(), x, pd.src()));
    Tensor dst =
        chain.other() == null ? places.destination(chain.end(), pd) : sumInto(chain, pd.dst());
    args.put(Arg.DST, dst);
    foldInto(chain, dims, pd.weights(), args);
    ctx.step().primitive(conv.name(), kind(chain), pd, args);
    return places.inConsumerLayout(chain.end(), dst);
  }

  private PrimitiveDesc describe(Chain chain, long[] dims, Tensor x, Optional<Tensor> place) {
    Node conv = chain.conv();
    Descriptions.Geometry g =
        LoweringContext.geometry(chain.op().window(), conv.input().shape(), conv.shape());
    MemoryDesc any = ctx.desc(dims, Layout.ANY);
    MemoryDesc bias = ctx.vector(conv.shape().dim(0));
    List<PostOp> postOps = new ArrayList<>();
    if (chain.sum() != null) {
      postOps.add(new PostOp.AddDestination());
    }
    chain.function().ifPresent(f -> postOps.add(new PostOp.Function(f)));
    return places.choose(
        conv,
        place,
        x,
        (from, into) -> ctx.describe().convolution(false, from, any, bias, into, g, postOps));
  }

  /** The tensor that the convolution is added to: the shortcut itself, or a copy of it. */
  private Tensor sumInto(Chain chain, MemoryDesc wanted) {
    Node other = Objects.requireNonNull(chain.other());
    Node sum = Objects.requireNonNull(chain.sum());
    Tensor shortcut = values.of(other);
    boolean free =
        values.onlyReadBy(other, sum)
            && !Activations.isView(other)
            && !(other.op() instanceof Op.Input);
    if (free && shortcut.desc().sameAs(wanted)) {
      return shortcut;
    }
    Tensor copy = ctx.tensor(sum.name(), wanted);
    ctx.copy(ctx.step(), sum.name(), shortcut, copy);
    return copy;
  }

  private void foldInto(Chain chain, long[] dims, MemoryDesc wanted, Map<Arg, Tensor> args) {
    String name = chain.conv().name();
    MemoryDesc plain = ParameterLayout.plainDesc(ctx.owner(), dims, DType.F32);
    Tensor staging = ctx.staging(name + " folded", plain);
    Tensor packed = ctx.persistent(name + " folded weights", wanted);
    Tensor shift = ctx.persistent(name + " folded bias", ctx.vector(chain.conv().shape().dim(0)));
    ctx.refresh()
        .kernel(name, "fold batch norm", List.of(staging, shift), new Fold(chain, staging, shift));
    ctx.copy(ctx.refresh(), name, staging, packed);
    args.put(Arg.WEIGHTS, packed);
    args.put(Arg.BIAS, shift);
  }

  /**
   * Computes the weights and biases of a chain's single convolution from the parameters of its
   * nodes.
   */
  private record Fold(Chain chain, Tensor weights, Tensor biases) implements Instruction.Kernel {

    @Override
    public Instruction.Call bind(ProgramMemory memory) {
      FloatBuffer weightsOut = memory.floats(weights);
      FloatBuffer biasesOut = memory.floats(biases);
      OneDnnParameters parameters = memory.weights();
      return step -> run(parameters, weightsOut, biasesOut);
    }

    private void run(OneDnnParameters parameters, FloatBuffer weightsOut, FloatBuffer biasesOut) {
      Node conv = chain.conv();
      float[] w = read(parameters, conv, Role.WEIGHT);
      float[] bias =
          conv.param(Role.BIAS).isPresent()
              ? read(parameters, conv, Role.BIAS)
              : new float[conv.shape().dim(0)];
      if (chain.norm() != null) {
        fold(parameters, chain.norm(), w, bias);
      }
      weightsOut.put(0, w);
      biasesOut.put(0, bias);
    }

    private static void fold(OneDnnParameters parameters, Node node, float[] w, float[] bias) {
      Op.BatchNorm norm = Norms.of(node);
      float[] scale = read(parameters, node, Role.NORM_SCALE);
      float[] shift = read(parameters, node, Role.NORM_SHIFT);
      float[] mean = read(parameters, node, Role.RUNNING_MEAN);
      float[] variance = read(parameters, node, Role.RUNNING_VAR);
      int perChannel = w.length / mean.length;
      for (int c = 0; c < mean.length; c++) {
        double a = scale[c] / Math.sqrt(variance[c] + norm.epsilon());
        for (int i = c * perChannel; i < (c + 1) * perChannel; i++) {
          w[i] = (float) (a * w[i]);
        }
        bias[c] = (float) (shift[c] + a * (bias[c] - mean[c]));
      }
    }

    private static float[] read(OneDnnParameters parameters, Node node, Role role) {
      return parameters.read(node.param(role).orElseThrow().name());
    }
  }
}
