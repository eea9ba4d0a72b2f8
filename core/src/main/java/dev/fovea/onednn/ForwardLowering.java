package dev.fovea.onednn;

import dev.fovea.autodiff.GradientRules;
import dev.fovea.graph.Consumers;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Descriptions;
import dev.fovea.onednn.binding.Eltwise;
import dev.fovea.onednn.binding.Layout;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.PostOp;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Lowers the nodes of a graph, in order, to primitives: one method per kind of operation. */
final class ForwardLowering {
  private final LoweringContext ctx;
  private final Weights weights;
  private final Graph graph;
  private final Consumers consumers;
  private final HoistedNorms hoisted;
  private final ConcatAliasing places;
  private final Map<Node, Tensor> outputs = new IdentityHashMap<>();
  private final Set<Node> done = new HashSet<>();
  private final Map<Node, SavedForBackward> saved = new IdentityHashMap<>();
  private final List<RunningStatistics.Entry> statistics = new ArrayList<>();
  private final DropoutSeed dropoutSeed = new DropoutSeed();

  /** The seed of the current step's dropout masks. */
  static final class DropoutSeed {
    long value;
  }

  ForwardLowering(LoweringContext ctx, Weights weights, Graph graph) {
    this.ctx = ctx;
    this.weights = weights;
    this.graph = graph;
    this.consumers = graph.consumers();
    this.hoisted = new HoistedNorms(ctx, weights, graph);
    this.places = new ConcatAliasing(ctx, graph, hoisted);
  }

  /** Records the whole forward pass. */
  void run() {
    FoldedConvolutions folded = new FoldedConvolutions(ctx, weights, graph, this);
    for (Node n : graph.nodes()) {
      if (hoisted.seesThrough(n)) {
        continue;
      }
      if (ctx.training() || !folded.lower(n)) {
        lower(n);
        done.add(n);
      }
    }
  }

  /** Whether everything that reads {@code node}, except {@code last}, has been recorded already. */
  boolean onlyReadBy(Node node, Node last) {
    return consumers.of(node).stream().allMatch(c -> c == last || done.contains(c));
  }

  /**
   * SavedForBackward that {@code nodes} were recorded as one primitive, whose result is that of the
   * last.
   */
  void recorded(List<Node> nodes, Tensor result) {
    outputs.put(nodes.get(nodes.size() - 1), result);
    done.addAll(nodes);
  }

  Tensor output(Node node) {
    return java.util.Objects.requireNonNull(outputs.get(node), node.name());
  }

  SavedForBackward saved(Node node) {
    return java.util.Objects.requireNonNull(saved.get(node), node.name());
  }

  /** The norms that run as one behind the concatenation they lead to. */
  HoistedNorms hoisted() {
    return hoisted;
  }

  /** Where results go that are part of a concatenation. */
  ConcatAliasing places() {
    return places;
  }

  List<RunningStatistics.Entry> statistics() {
    return statistics;
  }

  DropoutSeed dropoutSeed() {
    return dropoutSeed;
  }

  private void lower(Node n) {
    Op op = n.op();
    if (op instanceof Op.Input) {
      outputs.put(n, ctx.tensor("images", ctx.plain(n.shape(), ctx.type())));
    } else if (op instanceof Op.Conv2d o) {
      outputs.put(n, convolution(n, o));
    } else if (op instanceof Op.BatchNorm o) {
      outputs.put(n, norm(n, o, false));
    } else if (op instanceof Op.BatchNormRelu o) {
      outputs.put(n, norm(n, o.norm(), true));
    } else if (op instanceof Op.Relu) {
      outputs.put(n, pointwise(n, Eltwise.RELU, 0, 0));
    } else if (op instanceof Op.Sigmoid) {
      outputs.put(n, pointwise(n, Eltwise.LOGISTIC, 0, 0));
    } else if (op instanceof Op.Tanh) {
      outputs.put(n, pointwise(n, Eltwise.TANH, 0, 0));
    } else if (op instanceof Op.Affine o) {
      outputs.put(n, pointwise(n, Eltwise.LINEAR, (float) o.scale(), (float) o.shift()));
    } else if (op instanceof Op.Add) {
      outputs.put(n, addition(n, List.of()));
    } else if (op instanceof Op.AddRelu) {
      outputs.put(n, addition(n, List.of(new PostOp.Relu())));
    } else if (op instanceof Op.Multiply) {
      outputs.put(n, product(n));
    } else if (op instanceof Op.Linear o) {
      outputs.put(n, linear(n, o));
    } else if (op instanceof Op.Flatten) {
      outputs.put(n, flatten(n));
    } else if (op instanceof Op.Concat) {
      outputs.put(n, hoisted.joins(n) ? hoisted.forward(n, outputs, saved, statistics) : concat(n));
    } else if (op instanceof Op.Dropout o) {
      outputs.put(n, dropout(n, o.p(), ctx.plain(n.shape(), ctx.type())));
    } else if (op instanceof Op.StochasticDepth o) {
      outputs.put(n, dropout(n, o.p(), perImage()));
    } else if (op instanceof Op.LocalResponseNorm o) {
      outputs.put(n, lrn(n, o));
    } else if (op instanceof Op.PadShortcut o) {
      outputs.put(n, new PadShortcut(ctx).forward(n, o, in(n), saved));
    } else {
      outputs.put(n, new Pools(ctx).forward(n, in(n), saved));
    }
  }

  // The input in the order that all operations but the first convolution expect.
  private Tensor in(Node n) {
    return ctx.as(n.name(), output(n.input()), ctx.standard(n.input().shape()));
  }

  private Tensor convolution(Node n, Op.Conv2d o) {
    Tensor x = output(n.input());
    ParamSpec weight = n.param(Role.WEIGHT).orElseThrow();
    long[] dims = ParameterLayout.weightDims(weight, o.groups());
    Descriptions.Geometry g = LoweringContext.geometry(o.window(), n.input().shape(), n.shape());
    MemoryDesc anyWeights = ctx.desc(dims, Layout.ANY);
    MemoryDesc bias = o.bias() ? ctx.vector(o.outChannels()) : null;
    MemoryDesc anySrc = ctx.desc(ctx.dims(n.input().shape()), Layout.ANY);
    MemoryDesc anyDst = ctx.desc(ctx.dims(n.shape()), Layout.ANY);
    PrimitiveDesc pd =
        places.choose(
            n,
            x,
            (from, into) ->
                ctx.describe()
                    .convolution(ctx.training(), from, anyWeights, bias, into, g, List.of()));
    Tensor src = ctx.as(n.name(), x, pd.src());
    if (ctx.training()) {
      MemoryDesc anyGradient = MemoryDesc.of(ctx.owner(), dims, DType.F32, Layout.ANY);
      MemoryDesc anySource = anySrc;
      PrimitiveDesc backward =
          ctx.choose(
              n,
              List.of(
                  () ->
                      ctx.describe()
                          .convolutionWeights(src.desc(), anyGradient, bias, pd.dst(), g, pd),
                  () ->
                      ctx.describe()
                          .convolutionWeights(
                              src.desc(), anyGradient, bias, ctx.standard(n.shape()), g, pd),
                  () ->
                      ctx.describe()
                          .convolutionWeights(anySource, anyGradient, bias, anyDst, g, pd)));
      weights.pin(weight, dims, backward.diffWeights());
      saved.put(n, new SavedForBackward.Conv(pd, backward, src, g));
    } else {
      weights.pin(weight, dims, ParameterLayout.plainDesc(ctx.owner(), dims, DType.F32));
    }
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    args.put(Arg.SRC, src);
    args.put(Arg.WEIGHTS, weights.as(weight, pd.weights()));
    if (bias != null) {
      args.put(Arg.BIAS, vectorParameter(n.param(Role.BIAS).orElseThrow()));
    }
    Tensor dst = places.destination(n, pd);
    args.put(Arg.DST, dst);
    ctx.step().primitive(n.name(), "convolution forward", pd, args);
    return places.finished(n, dst);
  }

  private Tensor vectorParameter(ParamSpec spec) {
    weights.pin(spec, ParameterLayout.dims(spec), ctx.vector(spec.shape().dim(0)));
    return weights.master(spec);
  }

  private Tensor norm(Node n, Op.BatchNorm o, boolean relu) {
    Tensor x = in(n);
    Tensor scale = vectorParameter(n.param(Role.NORM_SCALE).orElseThrow());
    Tensor shift = vectorParameter(n.param(Role.NORM_SHIFT).orElseThrow());
    Tensor runningMean = vectorParameter(n.param(Role.RUNNING_MEAN).orElseThrow());
    Tensor runningVar = vectorParameter(n.param(Role.RUNNING_VAR).orElseThrow());
    boolean given = !ctx.training() || o.fixed();
    Descriptions.Norm norm = new Descriptions.Norm((float) o.epsilon(), relu, given);
    MemoryDesc out = ctx.standard(n.shape());
    PrimitiveDesc pd =
        ctx.choose(n, List.of(() -> ctx.describe().batchNorm(ctx.training(), x.desc(), out, norm)));
    Tensor dst = mayOverwrite(n, n.input()) ? x : ctx.tensor(n.name(), out);
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    args.put(Arg.SRC, x);
    args.put(Arg.SCALE, scale);
    args.put(Arg.SHIFT, shift);
    args.put(Arg.DST, dst);
    int channels = n.shape().dim(0);
    Tensor mean = given ? runningMean : ctx.tensor(n.name() + " mean", ctx.vector(channels));
    Tensor variance = given ? runningVar : ctx.tensor(n.name() + " variance", ctx.vector(channels));
    args.put(Arg.MEAN, mean);
    args.put(Arg.VARIANCE, variance);
    if (ctx.training()) {
      MemoryDesc ws = pd.workspace();
      Tensor workspace = ws.size() > 0 ? ctx.tensor(n.name() + " signs", ws) : null;
      if (workspace != null) {
        args.put(Arg.WORKSPACE, workspace);
      }
      saved.put(n, new SavedForBackward.Norm(pd, norm, x, mean, variance, workspace));
    }
    if (!given) {
      statistics.add(
          new RunningStatistics.Entry(
              mean,
              variance,
              runningMean,
              runningVar,
              channels,
              o.momentum(),
              RunningStatistics.values(n, ctx.batch())));
    }
    ctx.step()
        .primitive(n.name(), relu ? "batch_normalization relu" : "batch_normalization", pd, args);
    return dst;
  }

  /**
   * Whether {@code n} may write over the output of {@code input}: nobody else reads it, neither
   * forward nor backward.
   */
  private boolean mayOverwrite(Node n, Node input) {
    boolean readByOthers = consumers.of(input).size() > 1 || input.op() instanceof Op.Input;
    if (readByOthers || isView(input) || !output(input).desc().sameAs(ctx.standard(n.shape()))) {
      return false;
    }
    GradientRules.Reads producer = GradientRules.of(input.op()).reads();
    GradientRules.Reads self = GradientRules.of(n.op()).reads();
    boolean producerKeepsOutput = producer == GradientRules.Reads.OUTPUT;
    boolean selfKeepsInput =
        self == GradientRules.Reads.INPUTS || self == GradientRules.Reads.INPUTS_AND_SAVED;
    return !ctx.training() || (!producerKeepsOutput && !selfKeepsInput);
  }

  /** Whether {@code input} may have handed on the memory of something that others still read. */
  static boolean isView(Node input) {
    return input.op() instanceof Op.Flatten
        || input.op() instanceof Op.Dropout
        || input.op() instanceof Op.StochasticDepth;
  }

  private Tensor pointwise(Node n, Eltwise f, float alpha, float beta) {
    Tensor x = in(n);
    MemoryDesc standard = ctx.standard(n.shape());
    MemoryDesc plain = ctx.plain(n.shape(), ctx.type());
    // Where f(0) is not 0, padded channels of blocked order are only handled by a slow loop.
    PrimitiveDesc pd =
        ctx.choose(
            n,
            List.of(
                () -> ctx.describe().eltwise(ctx.training(), f, standard, standard, alpha, beta),
                () -> ctx.describe().eltwise(ctx.training(), f, plain, plain, alpha, beta)));
    Tensor src = ctx.as(n.name(), x, pd.src());
    boolean inPlace = src.desc().sameAs(x.desc()) && mayOverwrite(n, n.input());
    Tensor dst = inPlace ? x : ctx.tensor(n.name(), pd.dst());
    ctx.step()
        .primitive(n.name(), "eltwise " + n.op().label(), pd, Map.of(Arg.SRC, src, Arg.DST, dst));
    return ctx.as(n.name(), dst, standard);
  }

  private Tensor addition(Node n, List<PostOp> postOps) {
    Node first = n.inputs().get(0);
    Node second = n.inputs().get(1);
    Node kept = !mayOverwrite(n, first) && mayOverwrite(n, second) ? second : first;
    MemoryDesc out = ctx.standard(n.shape());
    Tensor a = ctx.as(n.name(), output(kept), out);
    Tensor b = ctx.as(n.name(), output(kept == first ? second : first), out);
    PrimitiveDesc pd =
        ctx.choose(n, List.of(() -> ctx.describe().add(a.desc(), b.desc(), out, postOps)));
    Tensor dst = mayOverwrite(n, kept) ? new Tensor(out, a.buffer()) : ctx.tensor(n.name(), out);
    ctx.step()
        .primitive(
            n.name(),
            "binary " + n.op().label(),
            pd,
            Map.of(Arg.SRC, a, Arg.SRC_1, b, Arg.DST, dst));
    return dst;
  }

  private Tensor product(Node n) {
    MemoryDesc out = ctx.standard(n.shape());
    Tensor a = ctx.as(n.name(), output(n.inputs().get(0)), out);
    Tensor b = ctx.as(n.name(), output(n.inputs().get(1)), out);
    PrimitiveDesc pd =
        ctx.choose(n, List.of(() -> ctx.describe().multiply(a.desc(), b.desc(), out)));
    Tensor dst = ctx.tensor(n.name(), out);
    ctx.step()
        .primitive(n.name(), "binary Multiply", pd, Map.of(Arg.SRC, a, Arg.SRC_1, b, Arg.DST, dst));
    return dst;
  }

  private Tensor linear(Node n, Op.Linear o) {
    Tensor x = ctx.as(n.name(), output(n.input()), ctx.plain(n.input().shape(), ctx.type()));
    ParamSpec weight = n.param(Role.WEIGHT).orElseThrow();
    long[] dims = ParameterLayout.dims(weight);
    MemoryDesc any = ctx.desc(dims, Layout.ANY);
    MemoryDesc bias = o.bias() ? ctx.vector(o.outFeatures()) : null;
    boolean logits = graph.outputs().stream().anyMatch(out -> out.node() == n);
    // Logits stay in binary32 even in bf16 programs: the loss needs their low bits.
    MemoryDesc out = ctx.plain(n.shape(), logits ? DType.F32 : ctx.type());
    PrimitiveDesc pd =
        ctx.choose(
            n,
            List.of(() -> ctx.describe().innerProduct(ctx.training(), x.desc(), any, bias, out)));
    if (ctx.training()) {
      MemoryDesc anyGradient = MemoryDesc.of(ctx.owner(), dims, DType.F32, Layout.ANY);
      MemoryDesc diffDst = ctx.plain(n.shape(), ctx.type());
      PrimitiveDesc backward =
          ctx.choose(
              n,
              List.of(
                  () ->
                      ctx.describe()
                          .innerProductWeights(x.desc(), anyGradient, bias, diffDst, pd)));
      weights.pin(weight, dims, backward.diffWeights());
      saved.put(n, new SavedForBackward.Linear(pd, backward, x));
    } else {
      weights.pin(weight, dims, ParameterLayout.plainDesc(ctx.owner(), dims, DType.F32));
    }
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    args.put(Arg.SRC, x);
    args.put(Arg.WEIGHTS, weights.as(weight, pd.weights()));
    if (bias != null) {
      args.put(Arg.BIAS, vectorParameter(n.param(Role.BIAS).orElseThrow()));
    }
    Tensor dst = ctx.tensor(n.name(), out);
    args.put(Arg.DST, dst);
    ctx.step().primitive(n.name(), "inner_product forward", pd, args);
    return dst;
  }

  private Tensor flatten(Node n) {
    Tensor x = output(n.input());
    if (n.input().shape().rank() == 1) {
      return x;
    }
    Tensor rows = ctx.as(n.name(), x, ctx.plain(n.input().shape(), ctx.type()));
    return new Tensor(ctx.plain(n.shape(), ctx.type()), rows.buffer());
  }

  private Tensor concat(Node n) {
    MemoryDesc out = ctx.standard(n.shape());
    if (!places.wholeBlocks(n)) {
      return concatChannelsLast(n, standardInputs(n), out);
    }
    Tensor whole = places.whole(n);
    List<Tensor> parts = places.parts(n);
    List<Tensor> branches = n.inputs().stream().map(this::output).toList();
    if (whole.desc().sameAs(out) && parts.stream().noneMatch(branches::contains)) {
      emitConcat(n, whole, standardInputs(n));
      return whole;
    }
    for (int i = 0; i < parts.size(); i++) {
      if (!parts.get(i).equals(branches.get(i))) {
        ctx.copy(ctx.step(), n.name(), branches.get(i), parts.get(i));
      }
    }
    return whole;
  }

  private List<Tensor> standardInputs(Node n) {
    return n.inputs().stream()
        .map(i -> ctx.as(n.name(), output(i), ctx.standard(i.shape())))
        .toList();
  }

  private void emitConcat(Node n, Tensor dst, List<Tensor> branches) {
    PrimitiveDesc pd =
        ctx.describe().concat(dst.desc(), branches.stream().map(Tensor::desc).toList());
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    for (int i = 0; i < branches.size(); i++) {
      args.put(Arg.source(i), branches.get(i));
    }
    args.put(Arg.DST, dst);
    ctx.step().primitive(n.name(), "concat", pd, args);
  }

  // Branches whose channels do not fill whole blocks cannot be put side by side in blocked order.
  private Tensor concatChannelsLast(Node n, List<Tensor> branches, MemoryDesc out) {
    List<Tensor> last = new ArrayList<>();
    for (int i = 0; i < branches.size(); i++) {
      Shape s = n.inputs().get(i).shape();
      last.add(ctx.as(n.name(), branches.get(i), ctx.desc(ctx.dims(s), Layout.ACDB)));
    }
    Tensor dst = ctx.tensor(n.name(), ctx.desc(ctx.dims(n.shape()), Layout.ACDB));
    emitConcat(n, dst, last);
    return ctx.as(n.name(), dst, out);
  }

  /** One value per image, for {@link LoweringContext#likeMask}. */
  private MemoryDesc perImage() {
    return ctx.desc(new long[] {1, ctx.batch(), 1, 1}, Layout.plain(4));
  }

  private Tensor dropout(Node n, double p, MemoryDesc drawn) {
    Tensor x = in(n);
    if (!ctx.training() || p == 0) {
      saved.put(n, new SavedForBackward.Mask(x, false));
      return x;
    }
    Tensor plainMask = ctx.tensor(n.name() + " mask", drawn);
    int elements = Math.toIntExact(drawn.size() / ctx.type().bytes());
    DropoutStep draw = new DropoutStep(n, p, plainMask, elements, ctx.type(), dropoutSeed);
    ctx.step().host(n.name(), "dropout mask", List.of(plainMask), draw::run);
    boolean spread = n.op() instanceof Op.StochasticDepth;
    Tensor mask = spread ? plainMask : ctx.as(n.name(), plainMask, x.desc());
    Tensor dst = ctx.tensor(n.name(), x.desc());
    Tensor from = ctx.likeMask(n, x);
    Tensor into = ctx.likeMask(n, dst);
    PrimitiveDesc pd =
        ctx.choose(
            n, List.of(() -> ctx.describe().multiply(from.desc(), mask.desc(), into.desc())));
    ctx.step()
        .primitive(
            n.name(), "binary mul", pd, Map.of(Arg.SRC, from, Arg.SRC_1, mask, Arg.DST, into));
    saved.put(n, new SavedForBackward.Mask(mask, true));
    return dst;
  }

  private Tensor lrn(Node n, Op.LocalResponseNorm o) {
    // Channels that are zero change no sum of squares, and oneDNN is only fast with whole blocks.
    Tensor x = new Tensor(ctx.wholeBlocks(n.shape()), in(n).buffer());
    PrimitiveDesc pd =
        ctx.choose(
            n,
            List.of(
                () ->
                    ctx.describe()
                        .lrn(
                            ctx.training(),
                            x.desc(),
                            x.desc(),
                            o.size(),
                            (float) o.alpha(),
                            (float) o.beta(),
                            (float) o.k())));
    Tensor dst = ctx.tensor(n.name(), x.desc());
    Map<Arg, Tensor> args = new LinkedHashMap<>(Map.of(Arg.SRC, x, Arg.DST, dst));
    MemoryDesc ws = pd.workspace();
    Tensor workspace = ws.size() > 0 ? ctx.tensor(n.name() + " workspace", ws) : null;
    if (workspace != null) {
      args.put(Arg.WORKSPACE, workspace);
    }
    ctx.step().primitive(n.name(), "lrn forward", pd, args);
    saved.put(n, new SavedForBackward.Lrn(pd, x, workspace));
    return new Tensor(ctx.standard(n.shape()), dst.buffer());
  }
}
