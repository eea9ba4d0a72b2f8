package dev.fovea.onednn;

import dev.fovea.graph.Consumers;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.graph.Window;
import dev.fovea.onednn.QuantizedTensors.Held;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Descriptions;
import dev.fovea.onednn.binding.Descriptions.Attributes;
import dev.fovea.onednn.binding.Layout;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.PostOp;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.program.ProgramException;
import dev.fovea.program.Quantization;
import dev.fovea.program.Quantization.Scale;
import dev.fovea.tensor.DType;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Lowers convolutions and linear layers of 8-bit integers, each as one primitive with the addition
 * and the ReLU that follow and the rounding of the result.
 *
 * <p>A result is first divided by its step, since an addition and a ReLU may come after that as
 * well: the steps of input, weights and result are then one factor per channel.
 */
final class QuantizedConvolutions {
  private final LoweringContext ctx;
  private final Quantization quantization;
  private final QuantizedTensors values;
  private final QuantizedWeights weights;
  private final Map<Node, Chain> byEnd = new IdentityHashMap<>();
  private final Set<Node> inner = new HashSet<>();

  /**
   * Nodes that become one primitive, emitted in the place of the last of them.
   *
   * @param sum the addition, if there is one
   * @param other the other addend
   */
  record Chain(Node product, @Nullable Node sum, @Nullable Node other, boolean relu, Node end) {}

  QuantizedConvolutions(
      LoweringContext ctx,
      Graph graph,
      Quantization quantization,
      QuantizedTensors values,
      OneDnnParameters parameters) {
    this.ctx = ctx;
    this.quantization = quantization;
    this.values = values;
    this.weights = new QuantizedWeights(ctx, quantization, parameters);
    Consumers consumers = graph.consumers();
    List<Node> nodes = graph.nodes();
    // Backward, so that of two convolutions that are added the later one takes the addition.
    for (int i = nodes.size() - 1; i >= 0; i--) {
      if (multipliesIntegers(nodes.get(i)) || normalizesIntegers(nodes.get(i))) {
        find(nodes.get(i), graph, consumers);
      }
    }
  }

  static ParamSpec weight(Node n) {
    return n.param(Role.WEIGHT).orElseThrow();
  }

  /** Whether the quantization wants products of integers for this node. */
  boolean multipliesIntegers(Node n) {
    return (n.op() instanceof Op.Conv2d || n.op() instanceof Op.Linear)
        && quantization.weights().containsKey(weight(n).name());
  }

  static boolean isNorm(Node n) {
    return n.op() instanceof Op.BatchNorm || n.op() instanceof Op.BatchNormRelu;
  }

  // A norm with running statistics is a convolution of each channel by itself, whose weight is 1.
  private boolean normalizesIntegers(Node n) {
    if (!isNorm(n) || !weights.exact() || n.shape().rank() != 3) {
      return false;
    }
    Optional<Scale> from = values.scale(n.input());
    return from.isPresent()
        && LoweringContext.ifFast(
                () ->
                    describe(
                        n,
                        values.desc(n.input(), from.get()),
                        ctx.channelsLast(n.shape(), DType.U8),
                        List.of()))
            .isPresent();
  }

  private void find(Node product, Graph graph, Consumers consumers) {
    Node end = product;
    @Nullable Node sum = null;
    @Nullable Node other = null;
    boolean relu = product.op() instanceof Op.BatchNormRelu;
    while (!relu && values.scale(end).isEmpty() && end != graph.logits()) {
      List<Node> readers = consumers.of(end);
      if (readers.size() != 1 || byEnd.containsKey(readers.get(0))) {
        break;
      }
      Node reader = readers.get(0);
      boolean adds = reader.op() instanceof Op.Add || reader.op() instanceof Op.AddRelu;
      if (inner.contains(reader) || !(reader.op() instanceof Op.Relu || adds && sum == null)) {
        break;
      }
      if (adds) {
        sum = reader;
        other = reader.inputs().get(reader.inputs().get(0) == end ? 1 : 0);
      }
      relu = !(reader.op() instanceof Op.Add);
      inner.add(end);
      end = reader;
    }
    byEnd.put(end, new Chain(product, sum, other, relu, end));
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
    Held src = source(chain.product());
    if (weights.mayBeInexact(chain.product(), src)) {
      emitInFloats(chain);
    } else {
      emit(chain, src);
    }
    values.absorbed(chain.product());
    if (chain.sum() != null) {
      values.absorbed(chain.sum());
    }
    return true;
  }

  private Held source(Node product) {
    return values
        .of(product.input())
        .orElseThrow(
            () ->
                new ProgramException(
                    "the quantization has steps for the weights of '"
                        + product.name()
                        + "', but none for its input '"
                        + product.input().name()
                        + "'; give that a step, or leave out the weights"));
  }

  private void emit(Chain chain, Held src) {
    Optional<Scale> to = values.scale(chain.end());
    Optional<Held> other = Optional.ofNullable(chain.other()).flatMap(values::of);
    if (chain.other() != null && (other.isEmpty() || to.isEmpty())) {
      emitSumOfReals(chain, src);
      return;
    }
    DType type = to.map(QuantizedTensors::typeOf).orElse(DType.F32);
    double divisor = to.map(s -> (double) s.step()).orElse(1.0);
    List<PostOp> postOps = new ArrayList<>();
    other.ifPresent(
        o ->
            postOps.add(
                new PostOp.AddScaledDestination((float) (o.scale().step() / divisor), o.type())));
    // Values from 0 to 255 are clamped at 0 anyway.
    if (chain.relu() && type != DType.U8) {
      postOps.add(new PostOp.Relu());
    }
    PrimitiveDesc pd = describe(chain, src, type, postOps);
    Tensor dst =
        other.isPresent()
            ? sumInto(chain, other.get(), pd.dst())
            : ctx.tensor(chain.end().name(), pd.dst());
    run(chain, src, pd, divisor, new LinkedHashMap<>(Map.of(Arg.DST, dst)));
    put(chain, dst, to);
  }

  private void put(Chain chain, Tensor dst, Optional<Scale> to) {
    Node end = chain.end();
    if (to.isPresent()) {
      values.put(end, new Held(dst, to.get()));
    } else {
      values.putFloats(end, ctx.as(end.name(), dst, values.standard(end)));
    }
  }

  // What is added, or the sum, is in binary32.
  private void emitSumOfReals(Chain chain, Held src) {
    Node other = Objects.requireNonNull(chain.other());
    Optional<Scale> to = values.scale(chain.end());
    DType type = to.map(QuantizedTensors::typeOf).orElse(DType.F32);
    Tensor added = values.channelsLast(chain.end(), other);
    List<PostOp> postOps = new ArrayList<>(List.of(new PostOp.AddTensor(added.desc())));
    if (chain.relu()) {
      postOps.add(new PostOp.Relu());
    }
    to.ifPresent(scale -> postOps.add(new PostOp.Multiply(1 / scale.step())));
    PrimitiveDesc pd = describe(chain, src, type, postOps);
    Tensor dst = ctx.tensor(chain.end().name(), pd.dst());
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    args.put(Arg.DST, dst);
    args.put(Arg.added(0), added);
    run(chain, src, pd, 1, args);
    put(chain, dst, to);
  }

  private PrimitiveDesc describe(Chain chain, Held src, DType type, List<PostOp> postOps) {
    MemoryDesc dst = ctx.channelsLast(chain.end().shape(), type);
    return ctx.choose(
        chain.product(),
        List.of(() -> describe(chain.product(), src.tensor().desc(), dst, postOps)));
  }

  private PrimitiveDesc describe(Node n, MemoryDesc src, MemoryDesc dst, List<PostOp> postOps) {
    MemoryDesc bias = ctx.vector(n.shape().dim(0));
    long[] dims = QuantizedWeights.dims(n);
    MemoryDesc any = MemoryDesc.of(ctx.owner(), dims, DType.S8, Layout.ANY);
    int channels = dims.length == 5 ? 3 : 1;
    Attributes attributes = new Attributes(postOps, Map.of(Arg.WEIGHTS, channels));
    if (n.op() instanceof Op.Linear) {
      return ctx.describe().innerProduct(false, src, any, bias, dst, attributes);
    }
    Window w = n.op() instanceof Op.Conv2d o ? o.window() : Window.square(1);
    Descriptions.Geometry g = LoweringContext.geometry(w, n.input().shape(), n.shape());
    return ctx.describe().convolution(src, any, bias, dst, g, attributes);
  }

  private void run(Chain chain, Held src, PrimitiveDesc pd, double divisor, Map<Arg, Tensor> args) {
    Node n = chain.product();
    QuantizedWeights.Prepared prepared =
        weights.prepare(n, pd.weights(), src.scale().step(), divisor);
    args.put(Arg.SRC, src.tensor());
    args.put(Arg.WEIGHTS, prepared.weights());
    args.put(Arg.BIAS, prepared.bias());
    args.put(Arg.scales(Arg.WEIGHTS), prepared.factors());
    ctx.step().primitive(n.name(), kind(chain, "int8"), pd, args);
  }

  private static String kind(Chain chain, String numbers) {
    Node n = chain.product();
    String kind =
        isNorm(n)
            ? "batch_normalization "
            : n.op() instanceof Op.Linear ? "inner_product " : "convolution ";
    return kind + numbers + (chain.other() == null ? "" : " add") + (chain.relu() ? " relu" : "");
  }

  /** The tensor that the product is added to: that of the addend itself, or a copy of it. */
  private Tensor sumInto(Chain chain, Held other, MemoryDesc wanted) {
    Node node = Objects.requireNonNull(chain.other());
    MemoryDesc like =
        MemoryDesc.of(
            ctx.owner(),
            ctx.dims(node.shape()),
            other.type(),
            node.shape().rank() == 3 ? Layout.ACDB : Layout.AB);
    if (values.mayOverwrite(node, Objects.requireNonNull(chain.sum()))
        && other.tensor().desc().sameAs(like)) {
      return other.tensor().viewedAs(wanted);
    }
    Tensor copy = ctx.tensor(chain.end().name(), wanted);
    ctx.copy(ctx.step(), chain.end().name(), other.tensor(), copy.viewedAs(like));
    return copy;
  }

  // On CPUs where sums of integers may saturate: the same values in binary32.
  private void emitInFloats(Chain chain) {
    Node n = chain.product();
    List<PostOp> postOps = new ArrayList<>();
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    if (chain.other() != null) {
      Tensor added = values.standard(chain.end(), chain.other());
      postOps.add(new PostOp.AddTensor(added.desc()));
      args.put(Arg.added(0), added);
    }
    if (chain.relu()) {
      postOps.add(new PostOp.Relu());
    }
    Tensor src = values.standard(n, n.input());
    MemoryDesc dst = values.standard(n);
    PrimitiveDesc pd = ctx.choose(n, inFloats(n, src.desc(), dst, postOps));
    QuantizedWeights.Prepared prepared = weights.prepareFloats(n, pd.weights());
    args.put(Arg.SRC, ctx.as(n.name(), src, pd.src()));
    args.put(Arg.WEIGHTS, prepared.weights());
    args.put(Arg.BIAS, prepared.bias());
    Tensor result = ctx.tensor(chain.end().name(), pd.dst());
    args.put(Arg.DST, result);
    ctx.step().primitive(n.name(), kind(chain, "rounded"), pd, args);
    values.putFloats(chain.end(), ctx.as(n.name(), result, dst));
  }

  private List<Supplier<PrimitiveDesc>> inFloats(
      Node n, MemoryDesc src, MemoryDesc dst, List<PostOp> postOps) {
    MemoryDesc anySrc = ctx.desc(ctx.dims(n.input().shape()), Layout.ANY);
    MemoryDesc anyDst = ctx.desc(ctx.dims(n.shape()), Layout.ANY);
    return List.of(
        () -> describeFloats(n, src, dst, postOps),
        () -> describeFloats(n, anySrc, dst, postOps),
        () -> describeFloats(n, anySrc, anyDst, postOps));
  }

  private PrimitiveDesc describeFloats(
      Node n, MemoryDesc src, MemoryDesc dst, List<PostOp> postOps) {
    MemoryDesc bias = ctx.vector(n.shape().dim(0));
    Attributes attributes = new Attributes(postOps, Map.of());
    if (n.op() instanceof Op.Conv2d o) {
      Descriptions.Geometry g = LoweringContext.geometry(o.window(), n.input().shape(), n.shape());
      long[] dims = ParameterLayout.weightDims(weight(n), o.groups());
      return ctx.describe().convolution(src, ctx.desc(dims, Layout.ANY), bias, dst, g, attributes);
    }
    MemoryDesc any = ctx.desc(ParameterLayout.dims(weight(n)), Layout.ANY);
    return ctx.describe().innerProduct(false, src, any, bias, dst, attributes);
  }
}
