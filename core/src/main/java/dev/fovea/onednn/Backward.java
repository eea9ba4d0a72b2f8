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
final class Backward {
  private final Lowering to;
  private final Weights weights;
  private final Forward forward;
  private final Recomputation recomputation;
  private final TrainingGraph graph;
  private final Map<Grad, Tensor> grads = new HashMap<>();
  private final Map<Grad, Integer> lastUse = new HashMap<>();
  private final Map<Grad, Grad> accumulations = new HashMap<>();
  // Gradients that were added to another one already, when they were computed.
  private final Set<Grad> added = new HashSet<>();
  private final List<LossStep> losses = new ArrayList<>();
  private final LossStep.Targets targets = new LossStep.Targets();

  Backward(
      Lowering to,
      Weights weights,
      Forward forward,
      Recomputation recomputation,
      TrainingGraph graph) {
    this.to = to;
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
    if (to.options().with(Optimization.ADD_GRADIENTS)) {
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
    Tensor logits = to.as(n.name(), forward.output(n), to.plain(shape, DType.F32));
    Tensor exact = to.tensor("gradient of " + n.name(), to.plain(shape, DType.F32));
    LossStep step =
        new LossStep(
            logits,
            exact,
            to.batch(),
            shape.dim(0),
            l.output().lossWeight(),
            graph.loss(),
            targets);
    losses.add(step);
    to.step().host(n.name(), "softmax cross-entropy", List.of(logits, exact), step::run);
    grads.put(l.logits(), to.as(n.name(), exact, to.plain(shape, to.type())));
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
      Tensor dst = inPlace || i > 1 ? a : to.tensor("gradient of " + name, a.desc());
      PrimitiveDesc pd =
          to.choose(
              s.total().of(),
              List.of(() -> to.describe().add(a.desc(), b.desc(), dst.desc(), List.of())));
      to.step()
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
    MemoryDesc desc = to.standard(dx.of().shape());
    Tensor from = tensor(dy);
    Tensor result =
        inPlace && lastUse(dy) == index && from.desc().sameAs(desc)
            ? from
            : to.tensor("gradient of " + dx.of().name(), desc);
    grads.put(dx, result);
    return result;
  }

  private void node(BackwardStep.Backward b, int index) {
    Node n = b.node();
    Op op = n.op();
    Tensor dy = tensor(b.dy());
    @Nullable Grad dx = b.dx().isEmpty() ? null : b.dx().get(0);
    if (op instanceof Op.Conv2d) {
      convolution(n, (Notes.Conv) forward.notes(n), dy, dx);
    } else if (op instanceof Op.Linear) {
      linear(n, (Notes.Linear) forward.notes(n), dy, dx);
    } else if (forward.hoisted().seesThrough(n)) {
      parts(b, dy);
    } else if (forward.hoisted().joins(n)) {
      hoistedNorm(b, dy, index);
    } else if (op instanceof Op.BatchNorm || op instanceof Op.BatchNormRelu) {
      norm(b, (Notes.Norm) forward.notes(n), dy, index);
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
      dropout(b, (Notes.Mask) forward.notes(n), index);
    } else if (op instanceof Op.LocalResponseNorm o) {
      lrn(b, o, (Notes.Lrn) forward.notes(n), index);
    } else if (op instanceof Op.PadShortcut) {
      grads.put(dx, new PadShortcut(to).backward(n, (Notes.Shortcut) forward.notes(n), dy));
    } else if (op instanceof Op.AdaptiveAvgPool) {
      new Pools(to)
          .backward(n, (Notes.Matrix) forward.notes(n), dy, target(dx, b.dy(), index, false));
    } else {
      new Pools(to)
          .backward(n, (Notes.Pool) forward.notes(n), dy, target(dx, b.dy(), index, false));
    }
  }

  private void convolution(Node n, Notes.Conv note, Tensor dy, @Nullable Grad dx) {
    ParamSpec weight = n.param(Role.WEIGHT).orElseThrow();
    long[] dims = ParameterLayout.weightDims(weight, ((Op.Conv2d) n.op()).groups());
    if (!weights.isFrozen(n)) {
      PrimitiveDesc bw = note.backwardWeights();
      Tensor x = to.as(n.name(), recomputation.again(n.input(), note.src()), bw.src());
      Map<Arg, Tensor> args = weightGradient(n, weight, x, to.as(n.name(), dy, bw.diffDst()));
      to.step().primitive(n.name(), "convolution backward_weights", bw, args);
    }
    if (dx == null || accumulate(n, weight, dy, dx)) {
      return;
    }
    grads.put(
        dx,
        to.convolutionData(
            n, dims, dy, note.geometry(), note.forward(), wanted -> weights.as(weight, wanted)));
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
    MemoryDesc any = to.desc(new long[] {dims[1], dims[0], 1, 1}, Layout.ANY);
    Descriptions.Geometry g = Lowering.geometry(Window.square(1), n.shape(), n.input().shape());
    Optional<PrimitiveDesc> fast =
        Lowering.ifFast(
            () ->
                to.describe()
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
    to.step()
        .primitive(
            n.name(),
            "convolution backward_data added",
            pd,
            Map.of(
                Arg.SRC, dy, Arg.WEIGHTS, weights.transposed(weight, pd.weights()), Arg.DST, sum));
    added.add(dx);
    return true;
  }

  private void linear(Node n, Notes.Linear note, Tensor dy, @Nullable Grad dx) {
    ParamSpec weight = n.param(Role.WEIGHT).orElseThrow();
    if (!weights.isFrozen(n)) {
      Map<Arg, Tensor> args = weightGradient(n, weight, note.src(), dy);
      to.step().primitive(n.name(), "inner_product backward_weights", note.backwardWeights(), args);
    }
    if (dx == null) {
      return;
    }
    MemoryDesc out = to.plain(n.input().shape(), to.type());
    MemoryDesc any = to.desc(ParameterLayout.dims(weight), Layout.ANY);
    PrimitiveDesc pd =
        to.choose(
            n, List.of(() -> to.describe().innerProductData(out, any, dy.desc(), note.forward())));
    Tensor result = to.tensor("gradient of " + n.input().name(), out);
    to.step()
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

  private void norm(BackwardStep.Backward b, Notes.Norm note, Tensor dy, int index) {
    Node n = b.node();
    @Nullable Grad dx = b.dx().get(0);
    Tensor result =
        dx == null
            ? to.tensor("gradient of " + n.input().name(), dy.desc())
            : target(dx, b.dy(), index, true);
    norm(
        n,
        note,
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
    Tensor result = inPlace ? dy : to.tensor("gradient of " + n.name(), dy.desc());
    norm(
        n,
        (Notes.Norm) forward.notes(n),
        dy,
        result,
        Map.of(
            Arg.SCALE, hoisted.scales(n),
            Arg.DIFF_SCALE, hoisted.gradients(n, Role.NORM_SCALE),
            Arg.DIFF_SHIFT, hoisted.gradients(n, Role.NORM_SHIFT)));
    parts(b, result);
  }

  private void norm(
      Node n, Notes.Norm note, Tensor dy, Tensor result, Map<Arg, Tensor> parameters) {
    PrimitiveDesc pd =
        to.choose(
            n,
            List.of(
                () ->
                    to.describe()
                        .batchNormBackward(
                            result.desc(),
                            dy.desc(),
                            note.src().desc(),
                            note.norm(),
                            note.forward())));
    Map<Arg, Tensor> args = new LinkedHashMap<>(parameters);
    args.put(Arg.SRC, note.src());
    args.put(Arg.MEAN, note.mean());
    args.put(Arg.VARIANCE, note.variance());
    args.put(Arg.DIFF_DST, dy);
    if (note.workspace() != null) {
      args.put(Arg.WORKSPACE, note.workspace());
    }
    args.put(Arg.DIFF_SRC, result);
    to.step().primitive(n.name(), "batch_normalization backward", pd, args);
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
        grads.put(dx, all ? whole : whole.seenAs(to.channels(whole.desc(), shape, channel)));
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
    PrimitiveDesc hint = to.describe().eltwise(true, f, y.desc(), y.desc(), 0, 0);
    PrimitiveDesc pd =
        to.choose(
            n,
            List.of(
                () ->
                    to.describe().eltwiseBackward(f, result.desc(), dy.desc(), y.desc(), 0, hint)));
    to.step()
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
        to.choose(
            b.node(),
            List.of(
                () ->
                    to.describe()
                        .eltwise(
                            true, Eltwise.LINEAR, dy.desc(), result.desc(), (float) a.scale(), 0)));
    to.step()
        .primitive(b.node().name(), "eltwise backward", pd, Map.of(Arg.SRC, dy, Arg.DST, result));
  }

  private void dropout(BackwardStep.Backward b, Notes.Mask note, int index) {
    Tensor dy = tensor(b.dy());
    Grad dx = Objects.requireNonNull(b.dx().get(0));
    if (!note.drawn()) {
      grads.put(dx, dy);
      return;
    }
    Tensor result = to.likeMask(b.node(), target(dx, b.dy(), index, true));
    multiply(b.node(), to.likeMask(b.node(), dy), note.mask(), result);
  }

  private void multiply(Node n, Tensor a, Tensor b, Tensor result) {
    PrimitiveDesc pd =
        to.choose(n, List.of(() -> to.describe().multiply(a.desc(), b.desc(), result.desc())));
    to.step()
        .primitive(
            n.name(), "binary mul backward", pd, Map.of(Arg.SRC, a, Arg.SRC_1, b, Arg.DST, result));
  }

  private void product(BackwardStep.Backward b, Tensor dy) {
    Node n = b.node();
    for (int i = 0; i < 2; i++) {
      @Nullable Grad dx = b.dx().get(i);
      if (dx != null) {
        Tensor result = to.tensor("gradient of " + dx.of().name(), to.standard(dx.of().shape()));
        Node other = n.inputs().get(1 - i);
        multiply(n, dy, to.as(n.name(), forward.output(other), to.standard(other.shape())), result);
        grads.put(dx, result);
      }
    }
  }

  private void flatten(Node n, Tensor dy, Grad dx) {
    Shape in = n.input().shape();
    Tensor view = in.rank() == 1 ? dy : new Tensor(to.plain(in, to.type()), dy.buffer());
    grads.put(dx, to.as(n.name(), view, to.standard(in)));
  }

  private void concat(BackwardStep.Backward b, Tensor dy) {
    Node n = b.node();
    boolean aligned = n.inputs().stream().allMatch(i -> i.shape().dim(0) % to.block() == 0);
    Tensor whole = aligned ? dy : to.as(n.name(), dy, to.desc(to.dims(n.shape()), Layout.ACDB));
    long offset = 0;
    for (int i = 0; i < n.inputs().size(); i++) {
      Shape s = n.inputs().get(i).shape();
      @Nullable Grad dx = b.dx().get(i);
      if (dx != null) {
        Tensor part = whole.seenAs(to.channels(whole.desc(), s, offset));
        Tensor result = to.tensor("gradient of " + dx.of().name(), to.standard(s));
        to.copy(to.step(), n.name(), part, result);
        grads.put(dx, result);
      }
      offset += s.dim(0);
    }
  }

  private void lrn(BackwardStep.Backward b, Op.LocalResponseNorm o, Notes.Lrn note, int index) {
    MemoryDesc blocks = note.src().desc();
    Tensor dy = new Tensor(blocks, tensor(b.dy()).buffer());
    Tensor result =
        new Tensor(
            blocks, target(Objects.requireNonNull(b.dx().get(0)), b.dy(), index, false).buffer());
    float[] alphaBetaK = {(float) o.alpha(), (float) o.beta(), (float) o.k()};
    PrimitiveDesc pd =
        to.choose(
            b.node(),
            List.of(
                () ->
                    to.describe()
                        .lrnBackward(
                            result.desc(),
                            dy.desc(),
                            note.src().desc(),
                            o.size(),
                            alphaBetaK,
                            note.forward())));
    Map<Arg, Tensor> args =
        new LinkedHashMap<>(Map.of(Arg.SRC, note.src(), Arg.DIFF_DST, dy, Arg.DIFF_SRC, result));
    if (note.workspace() != null) {
      args.put(Arg.WORKSPACE, note.workspace());
    }
    to.step().primitive(b.node().name(), "lrn backward", pd, args);
  }
}
