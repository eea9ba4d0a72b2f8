package dev.fovea.onednn;

import dev.fovea.autodiff.BackwardStep;
import dev.fovea.autodiff.Grad;
import dev.fovea.autodiff.TrainingGraph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.graph.Window;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Descriptions;
import dev.fovea.onednn.binding.Eltwise;
import dev.fovea.onednn.binding.Layout;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.PostOp;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.passes.Optimization;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Lowers the backward steps of a training graph, in order, to primitives. */
final class BackwardLowering {
  private final LoweringContext ctx;
  private final Weights weights;
  private final ForwardLowering forward;
  private final Recomputation recomputation;
  private final TrainingGraph graph;
  private final Map<Grad, Tensor> grads = new HashMap<>();
  private final Map<Grad, Integer> lastUse = new HashMap<>();
  private final Map<Grad, Grad> accumulations = new HashMap<>();
  // Gradients that were added to another one already, when they were computed.
  private final Set<Grad> added = new HashSet<>();
  private final List<LossStep> losses = new ArrayList<>();
  private final LossStep.Targets targets = new LossStep.Targets();

  BackwardLowering(
      LoweringContext ctx,
      Weights weights,
      ForwardLowering forward,
      Recomputation recomputation,
      TrainingGraph graph) {
    this.ctx = ctx;
    this.weights = weights;
    this.forward = forward;
    this.recomputation = recomputation;
    this.graph = graph;
  }

  List<LossStep> losses() {
    return losses;
  }

  LossStep.Targets targets() {
    return targets;
  }

  /** Records the whole backward pass. */
  void run() {
    List<BackwardStep> steps = graph.backward();
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i) instanceof BackwardStep.Sum s) {
        for (Grad g : s.parts()) {
          lastUse.put(g, i);
        }
      } else if (steps.get(i) instanceof BackwardStep.Backward b) {
        lastUse.put(b.dy(), i);
      }
    }
    if (ctx.options().with(Optimization.ADD_GRADIENTS)) {
      accumulations.putAll(Accumulation.find(steps));
    }
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i) instanceof BackwardStep.LossGradient l) {
        loss(l);
      } else if (steps.get(i) instanceof BackwardStep.Sum s) {
        sum(s, i);
      } else if (steps.get(i) instanceof BackwardStep.Backward b) {
        node(b, i);
      }
    }
  }

  private void loss(BackwardStep.LossGradient l) {
    Node n = l.output().node();
    Shape shape = n.shape();
    Tensor logits = ctx.as(n.name(), forward.output(n), ctx.plain(shape, DType.F32));
    Tensor exact = ctx.tensor("gradient of " + n.name(), ctx.plain(shape, DType.F32));
    LossStep step =
        new LossStep(
            logits,
            exact,
            ctx.batch(),
            shape.dim(0),
            l.output().lossWeight(),
            graph.loss(),
            targets);
    losses.add(step);
    ctx.step().host(n.name(), "softmax cross-entropy", List.of(logits, exact), step::run);
    grads.put(l.logits(), ctx.as(n.name(), exact, ctx.plain(shape, ctx.type())));
  }

  private void sum(BackwardStep.Sum s, int index) {
    List<Grad> parts = new ArrayList<>(s.parts());
    parts.removeIf(added::contains);
    for (int i = 0; i < parts.size(); i++) {
      if (lastUse(parts.get(i)) == index) {
        parts.add(0, parts.remove(i));
        break;
      }
    }
    Tensor total = tensor(parts.get(0));
    boolean inPlace = lastUse(parts.get(0)) == index;
    String name = s.total().of().name();
    for (int i = 1; i < parts.size(); i++) {
      Tensor a = total;
      Tensor b = tensor(parts.get(i));
      Tensor dst = inPlace || i > 1 ? a : ctx.tensor("gradient of " + name, a.desc());
      PrimitiveDesc pd =
          ctx.choose(
              s.total().of(),
              List.of(() -> ctx.describe().add(a.desc(), b.desc(), dst.desc(), List.of())));
      ctx.step()
          .primitive(
              name, "binary sum of gradients", pd, Map.of(Arg.SRC, a, Arg.SRC_1, b, Arg.DST, dst));
      total = dst;
    }
    grads.put(s.total(), total);
  }

  private int lastUse(Grad grad) {
    return lastUse.getOrDefault(grad, -1);
  }

  private Tensor tensor(Grad grad) {
    return Objects.requireNonNull(grads.get(grad), grad.toString());
  }

  /** A tensor for a gradient; in the place of {@code dy} if nobody reads that afterwards. */
  private Tensor target(Grad dx, Grad dy, int index, boolean inPlace) {
    MemoryDesc desc = ctx.standard(dx.of().shape());
    Tensor from = tensor(dy);
    Tensor result =
        inPlace && lastUse(dy) == index && from.desc().sameAs(desc)
            ? from
            : ctx.tensor("gradient of " + dx.of().name(), desc);
    grads.put(dx, result);
    return result;
  }

  private void node(BackwardStep.Backward b, int index) {
    Node n = b.node();
    Op op = n.op();
    Tensor dy = tensor(b.dy());
    @Nullable Grad dx = b.dx().isEmpty() ? null : b.dx().get(0);
    if (op instanceof Op.Conv2d) {
      convolution(n, (SavedForBackward.Conv) forward.saved(n), dy, dx);
    } else if (op instanceof Op.Linear) {
      linear(n, (SavedForBackward.Linear) forward.saved(n), dy, dx);
    } else if (forward.hoisted().seesThrough(n)) {
      parts(b, dy);
    } else if (forward.hoisted().joins(n)) {
      hoistedNorm(b, dy, index);
    } else if (op instanceof Op.BatchNorm || op instanceof Op.BatchNormRelu) {
      norm(b, (SavedForBackward.Norm) forward.saved(n), dy, index);
    } else if (op instanceof Op.Concat) {
      concat(b, dy);
    } else if (op instanceof Op.Multiply) {
      product(b, dy);
    } else if (dx == null) {
      return;
    } else if (op instanceof Op.Flatten) {
      flatten(n, dy, dx);
    } else if (op instanceof Op.Relu || op instanceof Op.AddRelu) {
      pointwise(b, Eltwise.RELU, index);
    } else if (op instanceof Op.Sigmoid) {
      pointwise(b, Eltwise.LOGISTIC, index);
    } else if (op instanceof Op.Tanh) {
      pointwise(b, Eltwise.TANH, index);
    } else if (op instanceof Op.Affine a) {
      affine(b, a, index);
    } else if (op instanceof Op.Dropout || op instanceof Op.StochasticDepth) {
      dropout(b, (SavedForBackward.Mask) forward.saved(n), index);
    } else if (op instanceof Op.LocalResponseNorm o) {
      lrn(b, o, (SavedForBackward.Lrn) forward.saved(n), index);
    } else if (op instanceof Op.PadShortcut) {
      grads.put(
          dx, new PadShortcut(ctx).backward(n, (SavedForBackward.Shortcut) forward.saved(n), dy));
    } else if (op instanceof Op.AdaptiveAvgPool) {
      new Pools(ctx)
          .backward(
              n, (SavedForBackward.Matrix) forward.saved(n), dy, target(dx, b.dy(), index, false));
    } else {
      new Pools(ctx)
          .backward(
              n, (SavedForBackward.Pool) forward.saved(n), dy, target(dx, b.dy(), index, false));
    }
  }

  private void convolution(Node n, SavedForBackward.Conv saved, Tensor dy, @Nullable Grad dx) {
    ParamSpec weight = n.param(Role.WEIGHT).orElseThrow();
    long[] dims = ParameterLayout.weightDims(weight, ((Op.Conv2d) n.op()).groups());
    if (!weights.isFrozen(n)) {
      PrimitiveDesc bw = saved.backwardWeights();
      Tensor x = ctx.as(n.name(), recomputation.again(n.input(), saved.src()), bw.src());
      Map<Arg, Tensor> args = weightGradient(n, weight, x, ctx.as(n.name(), dy, bw.diffDst()));
      ctx.step().primitive(n.name(), "convolution backward_weights", bw, args);
    }
    if (dx == null || accumulate(n, weight, dy, dx)) {
      return;
    }
    grads.put(
        dx,
        ctx.convolutionData(
            n, dims, dy, saved.geometry(), saved.forward(), wanted -> weights.as(weight, wanted)));
  }

  private Map<Arg, Tensor> weightGradient(Node n, ParamSpec weight, Tensor x, Tensor dy) {
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    args.put(Arg.SRC, x);
    args.put(Arg.DIFF_DST, dy);
    args.put(Arg.DIFF_WEIGHTS, weights.gradient(weight));
    n.param(Role.BIAS).ifPresent(bias -> args.put(Arg.DIFF_BIAS, weights.gradient(bias)));
    return args;
  }

  // The gradient of a pointwise convolution's source is a pointwise convolution too, with the
  // weights transposed; unlike a backward primitive, that one can add to what is there.
  private boolean accumulate(Node n, ParamSpec weight, Tensor dy, Grad dx) {
    @Nullable Grad other = accumulations.get(dx);
    if (other == null) {
      return false;
    }
    Tensor sum = tensor(other);
    long[] dims = ParameterLayout.dims(weight);
    MemoryDesc any = ctx.desc(new long[] {dims[1], dims[0], 1, 1}, Layout.ANY);
    Descriptions.Geometry g =
        LoweringContext.geometry(Window.square(1), n.shape(), n.input().shape());
    Optional<PrimitiveDesc> fast =
        LoweringContext.ifFast(
            () ->
                ctx.describe()
                    .convolution(
                        false,
                        dy.desc(),
                        any,
                        null,
                        sum.desc(),
                        g,
                        List.of(new PostOp.AddDestination())));
    if (fast.isEmpty()) {
      return false;
    }
    PrimitiveDesc pd = fast.get();
    ctx.step()
        .primitive(
            n.name(),
            "convolution backward_data added",
            pd,
            Map.of(
                Arg.SRC, dy, Arg.WEIGHTS, weights.transposed(weight, pd.weights()), Arg.DST, sum));
    added.add(dx);
    return true;
  }

  private void linear(Node n, SavedForBackward.Linear saved, Tensor dy, @Nullable Grad dx) {
    ParamSpec weight = n.param(Role.WEIGHT).orElseThrow();
    if (!weights.isFrozen(n)) {
      Map<Arg, Tensor> args = weightGradient(n, weight, saved.src(), dy);
      ctx.step()
          .primitive(n.name(), "inner_product backward_weights", saved.backwardWeights(), args);
    }
    if (dx == null) {
      return;
    }
    MemoryDesc out = ctx.plain(n.input().shape(), ctx.type());
    MemoryDesc any = ctx.desc(ParameterLayout.dims(weight), Layout.ANY);
    PrimitiveDesc pd =
        ctx.choose(
            n,
            List.of(() -> ctx.describe().innerProductData(out, any, dy.desc(), saved.forward())));
    Tensor result = ctx.tensor("gradient of " + n.input().name(), out);
    ctx.step()
        .primitive(
            n.name(),
            "inner_product backward_data",
            pd,
            Map.of(
                Arg.DIFF_DST,
                dy,
                Arg.WEIGHTS,
                weights.as(weight, pd.weights()),
                Arg.DIFF_SRC,
                result));
    grads.put(dx, result);
  }

  private void norm(BackwardStep.Backward b, SavedForBackward.Norm saved, Tensor dy, int index) {
    Node n = b.node();
    @Nullable Grad dx = b.dx().get(0);
    Tensor result =
        dx == null
            ? ctx.tensor("gradient of " + n.input().name(), dy.desc())
            : target(dx, b.dy(), index, true);
    norm(
        n,
        saved,
        dy,
        result,
        Map.of(
            Arg.SCALE, weights.master(n.param(Role.NORM_SCALE).orElseThrow()),
            Arg.DIFF_SCALE, weights.gradient(n.param(Role.NORM_SCALE).orElseThrow()),
            Arg.DIFF_SHIFT, weights.gradient(n.param(Role.NORM_SHIFT).orElseThrow())));
  }

  private void hoistedNorm(BackwardStep.Backward b, Tensor dy, int index) {
    Node n = b.node();
    HoistedNorms hoisted = forward.hoisted();
    boolean inPlace = lastUse(b.dy()) == index;
    Tensor result = inPlace ? dy : ctx.tensor("gradient of " + n.name(), dy.desc());
    norm(
        n,
        (SavedForBackward.Norm) forward.saved(n),
        dy,
        result,
        Map.of(
            Arg.SCALE, hoisted.scales(n),
            Arg.DIFF_SCALE, hoisted.gradients(n, Role.NORM_SCALE),
            Arg.DIFF_SHIFT, hoisted.gradients(n, Role.NORM_SHIFT)));
    parts(b, result);
  }

  private void norm(
      Node n, SavedForBackward.Norm saved, Tensor dy, Tensor result, Map<Arg, Tensor> parameters) {
    PrimitiveDesc pd =
        ctx.choose(
            n,
            List.of(
                () ->
                    ctx.describe()
                        .batchNormBackward(
                            result.desc(),
                            dy.desc(),
                            saved.src().desc(),
                            saved.norm(),
                            saved.forward())));
    Map<Arg, Tensor> args = new LinkedHashMap<>(parameters);
    args.put(Arg.SRC, saved.src());
    args.put(Arg.MEAN, saved.mean());
    args.put(Arg.VARIANCE, saved.variance());
    args.put(Arg.DIFF_DST, dy);
    if (saved.workspace() != null) {
      args.put(Arg.WORKSPACE, saved.workspace());
    }
    args.put(Arg.DIFF_SRC, result);
    ctx.step().primitive(n.name(), "batch_normalization backward", pd, args);
  }

  // The gradients of a concatenation's inputs, or of a norm's that ran behind it, are parts of what
  // the joint norm sends back.
  private void parts(BackwardStep.Backward b, Tensor whole) {
    int channel = 0;
    for (int i = 0; i < b.dx().size(); i++) {
      Shape shape = b.node().inputs().get(i).shape();
      @Nullable Grad dx = b.dx().get(i);
      if (dx != null) {
        boolean all = b.dx().size() == 1;
        grads.put(dx, all ? whole : whole.viewedAs(ctx.channels(whole.desc(), shape, channel)));
      }
      channel += shape.dim(0);
    }
  }

  private void pointwise(BackwardStep.Backward b, Eltwise f, int index) {
    Node n = b.node();
    Tensor dy = tensor(b.dy());
    Tensor y = recomputation.again(n, forward.output(n));
    // The inputs of an addition share one gradient; an image among them has none.
    @Nullable Grad first = b.dx().get(0);
    Grad dx = first != null ? first : Objects.requireNonNull(b.dx().get(1));
    Tensor result = target(dx, b.dy(), index, true);
    PrimitiveDesc hint = ctx.describe().eltwise(true, f, y.desc(), y.desc(), 0, 0);
    PrimitiveDesc pd =
        ctx.choose(
            n,
            List.of(
                () ->
                    ctx.describe()
                        .eltwiseBackward(f, result.desc(), dy.desc(), y.desc(), 0, hint)));
    ctx.step()
        .primitive(
            n.name(),
            "eltwise backward",
            pd,
            Map.of(Arg.DST, y, Arg.DIFF_DST, dy, Arg.DIFF_SRC, result));
  }

  private void affine(BackwardStep.Backward b, Op.Affine a, int index) {
    Tensor dy = tensor(b.dy());
    Tensor result = target(Objects.requireNonNull(b.dx().get(0)), b.dy(), index, true);
    PrimitiveDesc pd =
        ctx.choose(
            b.node(),
            List.of(
                () ->
                    ctx.describe()
                        .eltwise(
                            true, Eltwise.LINEAR, dy.desc(), result.desc(), (float) a.scale(), 0)));
    ctx.step()
        .primitive(b.node().name(), "eltwise backward", pd, Map.of(Arg.SRC, dy, Arg.DST, result));
  }

  private void dropout(BackwardStep.Backward b, SavedForBackward.Mask saved, int index) {
    Tensor dy = tensor(b.dy());
    Grad dx = Objects.requireNonNull(b.dx().get(0));
    if (!saved.drawn()) {
      grads.put(dx, dy);
      return;
    }
    Tensor result = ctx.likeMask(b.node(), target(dx, b.dy(), index, true));
    multiply(b.node(), ctx.likeMask(b.node(), dy), saved.mask(), result);
  }

  private void multiply(Node n, Tensor a, Tensor b, Tensor result) {
    PrimitiveDesc pd =
        ctx.choose(n, List.of(() -> ctx.describe().multiply(a.desc(), b.desc(), result.desc())));
    ctx.step()
        .primitive(
            n.name(), "binary mul backward", pd, Map.of(Arg.SRC, a, Arg.SRC_1, b, Arg.DST, result));
  }

  private void product(BackwardStep.Backward b, Tensor dy) {
    Node n = b.node();
    for (int i = 0; i < 2; i++) {
      @Nullable Grad dx = b.dx().get(i);
      if (dx != null) {
        Tensor result = ctx.tensor("gradient of " + dx.of().name(), ctx.standard(dx.of().shape()));
        Node other = n.inputs().get(1 - i);
        multiply(
            n, dy, ctx.as(n.name(), forward.output(other), ctx.standard(other.shape())), result);
        grads.put(dx, result);
      }
    }
  }

  private void flatten(Node n, Tensor dy, Grad dx) {
    Shape in = n.input().shape();
    Tensor view = in.rank() == 1 ? dy : new Tensor(ctx.plain(in, ctx.type()), dy.buffer());
    grads.put(dx, ctx.as(n.name(), view, ctx.standard(in)));
  }

  private void concat(BackwardStep.Backward b, Tensor dy) {
    Node n = b.node();
    boolean aligned = n.inputs().stream().allMatch(i -> i.shape().dim(0) % ctx.block() == 0);
    Tensor whole = aligned ? dy : ctx.as(n.name(), dy, ctx.desc(ctx.dims(n.shape()), Layout.ACDB));
    long offset = 0;
    for (int i = 0; i < n.inputs().size(); i++) {
      Shape s = n.inputs().get(i).shape();
      @Nullable Grad dx = b.dx().get(i);
      if (dx != null) {
        Tensor part = whole.viewedAs(ctx.channels(whole.desc(), s, offset));
        Tensor result = ctx.tensor("gradient of " + dx.of().name(), ctx.standard(s));
        ctx.copy(ctx.step(), n.name(), part, result);
        grads.put(dx, result);
      }
      offset += s.dim(0);
    }
  }

  private void lrn(
      BackwardStep.Backward b, Op.LocalResponseNorm o, SavedForBackward.Lrn saved, int index) {
    MemoryDesc blocks = saved.src().desc();
    Tensor dy = new Tensor(blocks, tensor(b.dy()).buffer());
    Tensor result =
        new Tensor(
            blocks, target(Objects.requireNonNull(b.dx().get(0)), b.dy(), index, false).buffer());
    float[] alphaBetaK = {(float) o.alpha(), (float) o.beta(), (float) o.k()};
    PrimitiveDesc pd =
        ctx.choose(
            b.node(),
            List.of(
                () ->
                    ctx.describe()
                        .lrnBackward(
                            result.desc(),
                            dy.desc(),
                            saved.src().desc(),
                            o.size(),
                            alphaBetaK,
                            saved.forward())));
    Map<Arg, Tensor> args =
        new LinkedHashMap<>(Map.of(Arg.SRC, saved.src(), Arg.DIFF_DST, dy, Arg.DIFF_SRC, result));
    if (saved.workspace() != null) {
      args.put(Arg.WORKSPACE, saved.workspace());
    }
    ctx.step().primitive(b.node().name(), "lrn backward", pd, args);
  }
}
