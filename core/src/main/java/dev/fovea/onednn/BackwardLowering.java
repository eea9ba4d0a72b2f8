package dev.fovea.onednn;

import dev.fovea.autodiff.AttributionGraph;
import dev.fovea.autodiff.BackwardStep;
import dev.fovea.autodiff.Grad;
import dev.fovea.autodiff.TrainingGraph;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.onednn.binding.Eltwise;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.program.Optimization;
import dev.fovea.program.ProgramException;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Lowers the backward steps of a graph in order. This class decides where each gradient is stored;
 * {@link Lowerings} turn the derivative of each operation into instructions.
 */
final class BackwardLowering {
  private final LoweringContext ctx;
  private final Weights weights;
  private final Lowerings lowerings;
  private final Activations values;
  private final HoistedNorms hoisted;
  private final Recomputation recomputation;
  private final List<BackwardStep> steps;
  private final GradientTensors grads;
  private final Map<Grad, Grad> accumulations;
  // Gradients that were already added to another one when they were computed.
  private final Set<Grad> added = new HashSet<>();
  private final Map<Node, Tensor> scores = new LinkedHashMap<>();
  private final Map<String, Tensor> kept = new LinkedHashMap<>();

  private BackwardLowering(
      LoweringContext ctx,
      Weights weights,
      ForwardLowering.ForwardPass forward,
      Graph graph,
      List<BackwardStep> steps) {
    this.ctx = ctx;
    this.weights = weights;
    this.lowerings = forward.lowerings();
    this.values = forward.values();
    this.hoisted = forward.hoisted();
    this.recomputation = new Recomputation(ctx, lowerings, values, graph);
    this.steps = steps;
    this.grads = new GradientTensors(ctx, steps);
    this.accumulations =
        ctx.options().with(Optimization.ADD_GRADIENTS) ? Accumulation.find(steps) : Map.of();
  }

  /** Appends the whole backward pass to the step. */
  static void lower(
      LoweringContext ctx,
      Weights weights,
      ForwardLowering.ForwardPass forward,
      TrainingGraph graph) {
    new BackwardLowering(ctx, weights, forward, graph.forward(), graph.backward()).lowerAll();
  }

  /**
   * The ends of the backward pass from a score.
   *
   * @param logitWeights what the pass starts from, (N, K) in binary32; to be written before each
   *     run
   * @param gradients those that are kept, by the name of the node, in planar binary32
   */
  record Attribution(Tensor logitWeights, Map<String, Tensor> gradients) {}

  /** Appends the backward pass from a score to the step. */
  static Attribution lower(
      LoweringContext ctx,
      Weights weights,
      ForwardLowering.ForwardPass forward,
      AttributionGraph graph) {
    BackwardLowering backward =
        new BackwardLowering(ctx, weights, forward, graph.forward(), graph.backward());
    backward.lowerAll();
    Node logits = graph.forward().logits();
    return new Attribution(
        Objects.requireNonNull(backward.scores.get(logits), logits.name()), backward.kept);
  }

  private void lowerAll() {
    for (int i = 0; i < steps.size(); i++) {
      if (steps.get(i) instanceof BackwardStep.LossGradient l) {
        loss(l);
      } else if (steps.get(i) instanceof BackwardStep.ScoreGradient s) {
        score(s);
      } else if (steps.get(i) instanceof BackwardStep.Keep k) {
        keep(k);
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
    Tensor logits = ctx.as(n.name(), values.of(n), ctx.plain(shape, DType.F32));
    Tensor exact = ctx.tensor("gradient of " + n.name(), ctx.plain(shape, DType.F32));
    LossStep step =
        new LossStep(
            logits,
            exact,
            ctx.batch(),
            shape.dim(0),
            l.output().lossWeight(),
            l.loss().labelSmoothing());
    ctx.step().kernel(n.name(), "softmax cross-entropy", List.of(logits, exact), step);
    grads.put(l.logits(), ctx.as(n.name(), exact, ctx.plain(shape, ctx.type())));
  }

  private void score(BackwardStep.ScoreGradient s) {
    Node n = s.output();
    MemoryDesc plain = ctx.plain(n.shape(), DType.F32);
    Tensor given = ctx.persistent("weights of " + n.name(), plain);
    scores.put(n, given);
    // Kept apart from what is given, since the first gradient may be overwritten by the next.
    Tensor start = ctx.tensor("gradient of " + n.name(), ctx.plain(n.shape(), ctx.type()));
    ctx.copy(ctx.step(), n.name(), given, start);
    grads.put(s.logits(), start);
  }

  // Copied at once, since later steps may overwrite the gradient or add to it.
  private void keep(BackwardStep.Keep k) {
    Node n = k.node();
    Tensor copy = ctx.tensor("kept gradient of " + n.name(), ctx.plain(n.shape(), DType.F32));
    ctx.copy(ctx.step(), n.name(), grads.of(k.gradient()), copy);
    kept.put(n.name(), copy);
  }

  private void sum(BackwardStep.Sum s, int index) {
    List<Grad> parts = new ArrayList<>(s.parts());
    parts.removeIf(added::contains);
    for (int i = 0; i < parts.size(); i++) {
      if (grads.isLastRead(parts.get(i), index)) {
        parts.add(0, parts.remove(i));
        break;
      }
    }
    Tensor total = grads.of(parts.get(0));
    boolean inPlace = grads.isLastRead(parts.get(0), index);
    Node of = s.total().of();
    for (int i = 1; i < parts.size(); i++) {
      Tensor dst = inPlace || i > 1 ? total : ctx.tensor("gradient of " + of.name(), total.desc());
      lowerings.elementwise().addGradients(of, total, grads.of(parts.get(i)), dst);
      total = dst;
    }
    grads.put(s.total(), total);
  }

  private void node(BackwardStep.Backward b, int index) {
    Node n = b.node();
    Op op = n.op();
    Tensor dy = grads.of(b.dy());
    @Nullable Grad dx = b.dx().isEmpty() ? null : b.dx().get(0);
    if (op instanceof Op.Conv2d) {
      convolution(n, (SavedForBackward.Conv) values.saved(n), dy, dx);
    } else if (op instanceof Op.Linear) {
      linear(n, (SavedForBackward.Linear) values.saved(n), dy, dx);
    } else if (hoisted.isAbsorbed(n)) {
      parts(b, dy);
    } else if (hoisted.isJoint(n)) {
      jointNorm(b, dy, index);
    } else if (op instanceof Op.BatchNorm || op instanceof Op.BatchNormRelu) {
      if (ctx.trains()) {
        norm(b, dx, dy, index);
      } else {
        fixedNorm(b, Objects.requireNonNull(dx), dy, index);
      }
    } else if (op instanceof Op.Concat) {
      concat(b, dy);
    } else if (op instanceof Op.Multiply) {
      product(b, dy);
    } else if (op instanceof Op.AddRelu) {
      // The inputs of an addition share one gradient; the images have none.
      Grad shared = dx != null ? dx : Objects.requireNonNull(b.dx().get(1));
      function(b, Eltwise.RELU, shared, dy, index);
    } else if (dx != null) {
      oneInput(b, op, dx, dy, index);
    }
  }

  private void oneInput(BackwardStep.Backward b, Op op, Grad dx, Tensor dy, int index) {
    Node n = b.node();
    Optional<Eltwise> function = Elementwise.functionOf(op);
    if (op instanceof Op.Flatten) {
      grads.put(dx, lowerings.linearLayers().unflatten(n, dy));
    } else if (function.isPresent()) {
      function(b, function.get(), dx, dy, index);
    } else if (op instanceof Op.Affine a) {
      Tensor result = grads.targetOver(dx, b.dy(), index);
      lowerings.elementwise().affineGradient(n, a, dy, result);
    } else if (op instanceof Op.Dropout || op instanceof Op.StochasticDepth) {
      dropout(b, (SavedForBackward.Mask) values.saved(n), dx, dy, index);
    } else if (op instanceof Op.LocalResponseNorm o) {
      SavedForBackward.Lrn saved = (SavedForBackward.Lrn) values.saved(n);
      lowerings.localResponseNorms().backward(n, o, saved, dy, grads.target(dx));
    } else if (op instanceof Op.PadShortcut) {
      SavedForBackward.Shortcut saved = (SavedForBackward.Shortcut) values.saved(n);
      grads.put(dx, lowerings.padShortcut().backward(n, saved, dy));
    } else if (Pools.lowers(op)) {
      lowerings.pools().backward(n, values.saved(n), dy, grads.target(dx));
    } else {
      throw new ProgramException(
          "node '"
              + n.name()
              + "': the derivative of operation "
              + op.label()
              + " has no lowering to oneDNN; add it to BackwardLowering");
    }
  }

  private void convolution(Node n, SavedForBackward.Conv saved, Tensor dy, @Nullable Grad dx) {
    Convolutions convolutions = lowerings.convolutions();
    if (!weights.isFrozen(n)) {
      convolutions.weightGradient(n, saved, recomputation.restore(n.input(), saved.src()), dy);
    }
    if (dx == null) {
      return;
    }
    @Nullable Grad earlier = accumulations.get(dx);
    if (earlier != null && convolutions.addSourceGradient(n, dy, grads.of(earlier))) {
      added.add(dx);
      return;
    }
    grads.put(dx, convolutions.sourceGradient(n, saved, dy));
  }

  private void linear(Node n, SavedForBackward.Linear saved, Tensor dy, @Nullable Grad dx) {
    if (!weights.isFrozen(n)) {
      lowerings.linearLayers().weightGradient(n, saved, dy);
    }
    if (dx != null) {
      grads.put(dx, lowerings.linearLayers().sourceGradient(n, saved, dy));
    }
  }

  private void norm(BackwardStep.Backward b, @Nullable Grad dx, Tensor dy, int index) {
    Node n = b.node();
    Tensor result =
        dx == null
            ? ctx.tensor("gradient of " + n.input().name(), dy.desc())
            : grads.targetOver(dx, b.dy(), index);
    SavedForBackward.Norm saved = (SavedForBackward.Norm) values.saved(n);
    lowerings.norms().backward(n, saved, dy, result, dx != null);
  }

  // A linear function of each channel, after which a ReLU may follow.
  private void fixedNorm(BackwardStep.Backward b, Grad dx, Tensor dy, int index) {
    Node n = b.node();
    Tensor result = grads.targetOver(dx, b.dy(), index);
    boolean relu = n.op() instanceof Op.BatchNormRelu;
    if (relu) {
      lowerings.elementwise().functionGradient(n, Eltwise.RELU, values.of(n), dy, result);
    }
    lowerings.norms().scaleGradient(n, relu ? result : dy, result);
  }

  private void jointNorm(BackwardStep.Backward b, Tensor dy, int index) {
    Node n = b.node();
    boolean inPlace = grads.isLastRead(b.dy(), index);
    Tensor result = inPlace ? dy : ctx.tensor("gradient of " + n.name(), dy.desc());
    SavedForBackward.Norm saved = (SavedForBackward.Norm) values.saved(n);
    lowerings.norms().jointBackward(n, hoisted.norms(n), saved, dy, result);
    parts(b, result);
  }

  // The gradients of the inputs of a concatenation, or of a norm hoisted behind it, are slices of
  // the joint norm's input gradient.
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

  private void concat(BackwardStep.Backward b, Tensor dy) {
    Node n = b.node();
    Tensor whole = lowerings.concatenations().sliceable(n, dy);
    long channel = 0;
    for (int i = 0; i < n.inputs().size(); i++) {
      Node input = n.inputs().get(i);
      @Nullable Grad dx = b.dx().get(i);
      if (dx != null) {
        grads.put(dx, lowerings.concatenations().branch(n, whole, input, channel));
      }
      channel += input.shape().dim(0);
    }
  }

  private void function(BackwardStep.Backward b, Eltwise f, Grad dx, Tensor dy, int index) {
    Node n = b.node();
    Node read = f.readsInput() ? n.input() : n;
    Tensor data = recomputation.restore(read, values.of(read));
    Tensor result = grads.targetOver(dx, b.dy(), index);
    lowerings
        .elementwise()
        .functionGradient(n, f, ctx.as(n.name(), data, result.desc()), dy, result);
  }

  private void dropout(
      BackwardStep.Backward b, SavedForBackward.Mask saved, Grad dx, Tensor dy, int index) {
    if (saved.drawn()) {
      lowerings.dropouts().backward(b.node(), saved, dy, grads.targetOver(dx, b.dy(), index));
    } else {
      grads.put(dx, dy);
    }
  }

  private void product(BackwardStep.Backward b, Tensor dy) {
    Node n = b.node();
    for (int i = 0; i < 2; i++) {
      @Nullable Grad dx = b.dx().get(i);
      if (dx != null) {
        Tensor result = grads.target(dx);
        Node other = n.inputs().get(1 - i);
        Tensor factor = ctx.as(n.name(), values.of(other), ctx.standard(other.shape()));
        lowerings.elementwise().multiply(n, "binary mul backward", dy, factor, result);
      }
    }
  }
}
