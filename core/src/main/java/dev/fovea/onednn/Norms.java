package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Descriptions;
import dev.fovea.onednn.binding.Layout;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.tensor.DType;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Lowers batch normalization, with or without a fused ReLU. */
final class Norms {
  private final LoweringContext ctx;
  private final Weights weights;
  private final ChannelMoments moments;
  private final SynchronizedNorms overRanks;
  private final List<RunningStatistics.Entry> statistics = new ArrayList<>();

  Norms(LoweringContext ctx, Weights weights) {
    this.ctx = ctx;
    this.weights = weights;
    this.moments = new ChannelMoments(ctx);
    this.overRanks = new SynchronizedNorms(ctx);
  }

  /** The per-channel vectors of a normalization. */
  private record Vectors(Tensor scale, Tensor shift, Tensor mean, Tensor variance) {}

  /** The running statistics that every training step updates. */
  List<RunningStatistics.Entry> statistics() {
    return List.copyOf(statistics);
  }

  /** The normalization of a node, with or without a fused ReLU. */
  static Op.BatchNorm of(Node n) {
    return n.op() instanceof Op.BatchNormRelu r ? r.norm() : (Op.BatchNorm) n.op();
  }

  /** Lowers one norm, with batch statistics in training unless they are fixed. */
  Tensor forward(Node n, Activations values) {
    Op.BatchNorm o = of(n);
    Tensor x = values.inputOf(n);
    Tensor scale = weights.vector(n.param(Role.NORM_SCALE).orElseThrow());
    Tensor shift = weights.vector(n.param(Role.NORM_SHIFT).orElseThrow());
    Tensor runningMean = weights.vector(n.param(Role.RUNNING_MEAN).orElseThrow());
    Tensor runningVar = weights.vector(n.param(Role.RUNNING_VAR).orElseThrow());
    boolean given = !ctx.differentiates() || o.fixed();
    boolean relu = n.op() instanceof Op.BatchNormRelu;
    Optional<Tensor> over = values.mayOverwrite(n, n.input()) ? Optional.of(x) : Optional.empty();
    Descriptions.Norm norm = new Descriptions.Norm((float) o.epsilon(), relu, given);
    if (given) {
      return normalize(
          n, norm, x, over, new Vectors(scale, shift, runningMean, runningVar), values);
    }
    MemoryDesc vector = ctx.vector(n.shape().dim(0));
    Tensor mean = ctx.tensor(n.name() + " mean", vector);
    Tensor variance = ctx.tensor(n.name() + " variance", vector);
    Vectors vectors = new Vectors(scale, shift, mean, variance);
    Tensor dst =
        o.synchronizes()
            ? withStatisticsOfAllRanks(n, norm, x, vectors, values)
            : normalize(n, norm, x, over, vectors, values);
    track(n, mean, variance);
    return dst;
  }

  /**
   * Lowers several norms over one tensor as one; their vectors are contiguous.
   *
   * @param n the concatenation that the joint norm computes
   */
  Tensor joint(Node n, List<Node> norms, Tensor x, Activations values) {
    Node first = norms.get(0);
    boolean relu = first.op() instanceof Op.BatchNormRelu;
    MemoryDesc vector = ctx.vector(n.shape().dim(0));
    Tensor mean = ctx.tensor(n.name() + " mean", vector);
    Tensor variance = ctx.tensor(n.name() + " variance", vector);
    Tensor scale = weights.masters(params(norms, Role.NORM_SCALE));
    Tensor shift = weights.masters(params(norms, Role.NORM_SHIFT));
    Descriptions.Norm norm = new Descriptions.Norm((float) of(first).epsilon(), relu, false);
    Vectors vectors = new Vectors(scale, shift, mean, variance);
    Tensor dst =
        of(first).synchronizes()
            ? withStatisticsOfAllRanks(n, norm, x, vectors, values)
            : normalize(n, norm, x, Optional.empty(), vectors, values);
    weights.masters(params(norms, Role.RUNNING_MEAN));
    weights.masters(params(norms, Role.RUNNING_VAR));
    long offset = 0;
    for (Node each : norms) {
      MemoryDesc own = ctx.vector(each.shape().dim(0));
      track(each, mean.viewedAs(own, offset), variance.viewedAs(own, offset));
      offset += own.size();
    }
    return dst;
  }

  private Tensor normalize(
      Node n,
      Descriptions.Norm norm,
      Tensor x,
      Optional<Tensor> over,
      Vectors v,
      Activations values) {
    MemoryDesc out = ctx.standard(n.shape());
    PrimitiveDesc pd =
        ctx.choose(n, List.of(() -> ctx.describe().batchNorm(ctx.trains(), x.desc(), out, norm)));
    Tensor dst = over.orElseGet(() -> ctx.tensor(n.name(), out));
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    args.put(Arg.SRC, x);
    args.put(Arg.SCALE, v.scale());
    args.put(Arg.SHIFT, v.shift());
    args.put(Arg.DST, dst);
    args.put(Arg.MEAN, v.mean());
    args.put(Arg.VARIANCE, v.variance());
    if (ctx.trains()) {
      MemoryDesc ws = pd.workspace();
      Tensor workspace = ws.size() > 0 ? ctx.tensor(n.name() + " signs", ws) : null;
      if (workspace != null) {
        args.put(Arg.WORKSPACE, workspace);
      }
      values.save(n, new SavedForBackward.Norm(pd, norm, x, v.mean(), v.variance(), workspace));
    }
    String kind = norm.relu() ? "batch_normalization relu" : "batch_normalization";
    ctx.step().primitive(n.name(), kind, pd, args);
    return dst;
  }

  private Tensor withStatisticsOfAllRanks(
      Node n, Descriptions.Norm norm, Tensor x, Vectors v, Activations values) {
    Optional<Tensor> dst =
        moments.lower(n, x, v.mean(), v.variance())
            ? Optional.empty()
            : Optional.of(overwritten(n, norm, x, v));
    overRanks.combine(n, v.mean(), v.variance(), valuesPerChannel(n));
    Descriptions.Norm given = new Descriptions.Norm(norm.epsilon(), norm.relu(), true);
    return normalize(n, given, x, dst, v, values);
  }

  // A normalization with the statistics of this rank, for their sake: its result is overwritten.
  private Tensor overwritten(Node n, Descriptions.Norm norm, Tensor x, Vectors v) {
    MemoryDesc out = ctx.standard(n.shape());
    Tensor dst = ctx.tensor(n.name(), out);
    Descriptions.Norm own = new Descriptions.Norm(norm.epsilon(), false, false);
    PrimitiveDesc pd =
        ctx.choose(n, List.of(() -> ctx.describe().batchNorm(true, x.desc(), out, own)));
    Map<Arg, Tensor> args =
        Map.of(
            Arg.SRC, x,
            Arg.SCALE, v.scale(),
            Arg.SHIFT, v.shift(),
            Arg.DST, dst,
            Arg.MEAN, v.mean(),
            Arg.VARIANCE, v.variance());
    ctx.step().primitive(n.name(), "batch_normalization statistics", pd, args);
    return dst;
  }

  private long valuesPerChannel(Node n) {
    return ctx.batch() * n.shape().elements() / n.shape().dim(0);
  }

  private void track(Node n, Tensor mean, Tensor variance) {
    statistics.add(
        new RunningStatistics.Entry(
            mean,
            variance,
            weights.master(n.param(Role.RUNNING_MEAN).orElseThrow()),
            weights.master(n.param(Role.RUNNING_VAR).orElseThrow()),
            n.shape().dim(0),
            of(n).momentum(),
            RunningStatistics.values(n, ctx.batch()),
            of(n).synchronizes()));
  }

  /** Recomputes the output in the backward pass, with the statistics of the forward pass. */
  Tensor recompute(Node n, SavedForBackward.Norm saved, boolean relu) {
    Descriptions.Norm norm = new Descriptions.Norm(saved.norm().epsilon(), relu, true);
    Tensor y = ctx.tensor(n.name() + " recomputed", ctx.standard(n.shape()));
    PrimitiveDesc pd =
        ctx.choose(
            n, List.of(() -> ctx.describe().batchNorm(false, saved.src().desc(), y.desc(), norm)));
    ctx.step()
        .primitive(
            n.name(),
            "batch_normalization recomputed",
            pd,
            Map.of(
                Arg.SRC, saved.src(),
                Arg.MEAN, saved.mean(),
                Arg.VARIANCE, saved.variance(),
                Arg.SCALE, weights.master(n.param(Role.NORM_SCALE).orElseThrow()),
                Arg.SHIFT, weights.master(n.param(Role.NORM_SHIFT).orElseThrow()),
                Arg.DST, y));
    return y;
  }

  /**
   * Computes the gradients of one norm's scale and shift, and that of its input, if it is wanted.
   *
   * @param dx overwritten in any case; may be {@code dy}
   */
  void backward(Node n, SavedForBackward.Norm saved, Tensor dy, Tensor dx, boolean wanted) {
    Map<Arg, Tensor> parameters =
        Map.of(
            Arg.SCALE, weights.master(n.param(Role.NORM_SCALE).orElseThrow()),
            Arg.DIFF_SCALE, weights.gradient(n.param(Role.NORM_SCALE).orElseThrow()),
            Arg.DIFF_SHIFT, weights.gradient(n.param(Role.NORM_SHIFT).orElseThrow()));
    backward(n, saved, dy, dx, parameters);
    if (wanted && of(n).synchronizes()) {
      throughStatistics(n, saved, dx, parameters);
    }
  }

  /**
   * Computes the gradient of the input of a norm with fixed statistics and untrained parameters:
   * γ/√(σ² + ε)·dy, per channel.
   *
   * @param dy in standard layout
   * @param dx may be {@code dy}
   */
  void scaleGradient(Node n, Tensor dy, Tensor dx) {
    Tensor factors = factors(n);
    PrimitiveDesc pd =
        ctx.choose(n, List.of(() -> ctx.describe().multiply(dy.desc(), factors.desc(), dx.desc())));
    ctx.step()
        .primitive(
            n.name(),
            "batch_normalization backward_data",
            pd,
            Map.of(Arg.SRC, dy, Arg.SRC_1, factors, Arg.DST, dx));
  }

  // One number per channel, in blocks like what it is multiplied with: oneDNN has no fast code for
  // factors in another layout.
  private Tensor factors(Node n) {
    long[] dims = ctx.dims(n.shape());
    Arrays.fill(dims, 1);
    dims[1] = n.shape().dim(0);
    Tensor plain =
        ctx.staging(
            n.name() + " factors",
            MemoryDesc.of(ctx.owner(), dims, DType.F32, Layout.plain(dims.length)));
    Tensor scale = weights.vector(n.param(Role.NORM_SCALE).orElseThrow());
    Tensor variance = weights.vector(n.param(Role.RUNNING_VAR).orElseThrow());
    ctx.refresh()
        .kernel(
            n.name(),
            "factors of a norm",
            List.of(scale, variance, plain),
            factors(scale, variance, plain, of(n).epsilon()));
    Tensor factors = ctx.persistent(n.name() + " factors", ctx.standardOf(dims));
    ctx.copy(ctx.refresh(), n.name(), plain, factors);
    return factors;
  }

  private static Instruction.Kernel factors(
      Tensor scale, Tensor variance, Tensor factors, double epsilon) {
    return memory -> {
      FloatBuffer gamma = memory.floats(scale);
      FloatBuffer squares = memory.floats(variance);
      FloatBuffer to = memory.floats(factors);
      return step -> {
        for (int c = 0; c < to.capacity(); c++) {
          to.put(c, (float) (gamma.get(c) / Math.sqrt(squares.get(c) + epsilon)));
        }
      };
    };
  }

  /** Computes the gradients of several norms that ran as one. */
  void jointBackward(Node n, List<Node> norms, SavedForBackward.Norm saved, Tensor dy, Tensor dx) {
    Map<Arg, Tensor> parameters =
        Map.of(
            Arg.SCALE, weights.masters(params(norms, Role.NORM_SCALE)),
            Arg.DIFF_SCALE, weights.gradients(params(norms, Role.NORM_SCALE)),
            Arg.DIFF_SHIFT, weights.gradients(params(norms, Role.NORM_SHIFT)));
    backward(n, saved, dy, dx, parameters);
    if (of(norms.get(0)).synchronizes()) {
      throughStatistics(n, saved, dx, parameters);
    }
  }

  private void throughStatistics(
      Node n, SavedForBackward.Norm saved, Tensor dx, Map<Arg, Tensor> parameters) {
    SynchronizedNorms.Vectors vectors =
        new SynchronizedNorms.Vectors(
            Objects.requireNonNull(parameters.get(Arg.SCALE)),
            saved.mean(),
            saved.variance(),
            Objects.requireNonNull(parameters.get(Arg.DIFF_SCALE)),
            Objects.requireNonNull(parameters.get(Arg.DIFF_SHIFT)));
    float epsilon = saved.norm().epsilon();
    overRanks.correct(n, saved.src(), dx, vectors, epsilon, valuesPerChannel(n));
  }

  private void backward(
      Node n, SavedForBackward.Norm saved, Tensor dy, Tensor dx, Map<Arg, Tensor> parameters) {
    PrimitiveDesc pd =
        ctx.choose(
            n,
            List.of(
                () ->
                    ctx.describe()
                        .batchNormBackward(
                            dx.desc(),
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
    args.put(Arg.DIFF_SRC, dx);
    ctx.step().primitive(n.name(), "batch_normalization backward", pd, args);
  }

  private static List<ParamSpec> params(List<Node> norms, Role role) {
    return norms.stream().map(n -> n.param(role).orElseThrow()).toList();
  }
}
