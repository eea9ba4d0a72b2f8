package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.graph.Window;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Descriptions;
import dev.fovea.onednn.binding.Layout;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.PostOp;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.tensor.DType;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lowers convolutions: the forward pass, the gradient of the weights and the gradient of the
 * source. Each of the three has its own choice of implementation.
 */
final class Convolutions {
  private final LoweringContext ctx;
  private final Weights weights;
  private final FastConvolutions fast;

  Convolutions(LoweringContext ctx, Weights weights, FastConvolutions fast) {
    this.ctx = ctx;
    this.weights = weights;
    this.fast = fast;
  }

  Tensor forward(Node n, Op.Conv2d o, Activations values, ConcatAliasing places) {
    Tensor x = values.of(n.input());
    ParamSpec weight = n.param(Role.WEIGHT).orElseThrow();
    long[] dims = ParameterLayout.weightDims(weight, o.groups());
    Descriptions.Geometry g = LoweringContext.geometry(o.window(), n.input().shape(), n.shape());
    MemoryDesc anyWeights = ctx.desc(dims, Layout.ANY);
    MemoryDesc bias = o.bias() ? ctx.vector(o.outChannels()) : null;
    PrimitiveDesc pd =
        places.choose(
            n,
            x,
            (from, into) ->
                ctx.describe()
                    .convolution(ctx.differentiates(), from, anyWeights, bias, into, g, List.of()));
    Optional<FastConvolutions.Chosen> chosen = fast.forward(n);
    Tensor src =
        chosen.isPresent()
            ? fast.inBlocks(n.name(), x, n.input().shape())
            : ctx.as(n.name(), x, pd.src());
    PrimitiveDesc gradient = ctx.trains() ? weightsBackward(n, dims, src, bias, g, pd) : null;
    weights.pin(weight, dims, masterLayout(n, dims, gradient));
    if (ctx.differentiates()) {
      values.save(n, new SavedForBackward.Conv(pd, gradient, src, g));
    }
    if (chosen.isPresent()) {
      Tensor dst = places.destination(n);
      fast.forward(n, chosen.get(), src, dst);
      return dst;
    }
    return direct(n, weight, pd, src, places);
  }

  // Trained weights lie as their gradient does.
  private MemoryDesc masterLayout(Node n, long[] dims, @Nullable PrimitiveDesc gradient) {
    if (gradient == null) {
      return ParameterLayout.plainDesc(ctx.owner(), dims, DType.F32);
    }
    return fast.weightGradient(n).isPresent() ? fast.weightsLayout(dims) : gradient.diffWeights();
  }

  private Tensor direct(
      Node n, ParamSpec weight, PrimitiveDesc pd, Tensor src, ConcatAliasing places) {
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    args.put(Arg.SRC, src);
    args.put(Arg.WEIGHTS, weights.as(weight, pd.weights()));
    n.param(Role.BIAS).ifPresent(bias -> args.put(Arg.BIAS, weights.vector(bias)));
    Tensor dst = places.destination(n, pd);
    args.put(Arg.DST, dst);
    ctx.step().primitive(n.name(), "convolution forward", pd, args);
    return places.inConsumerLayout(n, dst);
  }

  // Described together with the forward pass, since the weight gradient decides the layout of the
  // weights.
  private PrimitiveDesc weightsBackward(
      Node n,
      long[] dims,
      Tensor src,
      @Nullable MemoryDesc bias,
      Descriptions.Geometry g,
      PrimitiveDesc forward) {
    MemoryDesc anyGradient = MemoryDesc.of(ctx.owner(), dims, DType.F32, Layout.ANY);
    MemoryDesc anySrc = ctx.desc(ctx.dims(n.input().shape()), Layout.ANY);
    MemoryDesc anyDst = ctx.desc(ctx.dims(n.shape()), Layout.ANY);
    Descriptions d = ctx.describe();
    return ctx.choose(
        n,
        List.of(
            () -> d.convolutionWeights(src.desc(), anyGradient, bias, forward.dst(), g, forward),
            () ->
                d.convolutionWeights(
                    src.desc(), anyGradient, bias, ctx.standard(n.shape()), g, forward),
            () -> d.convolutionWeights(anySrc, anyGradient, bias, anyDst, g, forward)));
  }

  /**
   * Computes the gradients of weight and bias.
   *
   * @param src the input of the convolution, in any layout
   */
  void weightGradient(Node n, SavedForBackward.Conv saved, Tensor src, Tensor dy) {
    Optional<FastConvolutions.ChosenGradient> chosen = fast.weightGradient(n);
    if (chosen.isPresent()) {
      fast.weightGradient(n, chosen.get(), src, dy);
      return;
    }
    PrimitiveDesc pd = Objects.requireNonNull(saved.backwardWeights(), n.name());
    Tensor x = ctx.as(n.name(), src, pd.src());
    Map<Arg, Tensor> args = weights.gradientArguments(n, x, ctx.as(n.name(), dy, pd.diffDst()));
    ctx.step().primitive(n.name(), "convolution backward_weights", pd, args);
  }

  /** Computes the gradient of the source, in standard layout. */
  Tensor sourceGradient(Node n, SavedForBackward.Conv saved, Tensor dy) {
    Optional<FastConvolutions.Chosen> chosen = fast.sourceGradient(n);
    if (chosen.isPresent()) {
      return fast.sourceGradient(n, chosen.get(), fast.inBlocks(n.name(), dy, n.shape()));
    }
    ParamSpec weight = n.param(Role.WEIGHT).orElseThrow();
    long[] dims = ParameterLayout.weightDims(weight, ((Op.Conv2d) n.op()).groups());
    return sourceGradient(
        ctx, n, dims, dy, saved.geometry(), saved.forward(), wanted -> weights.as(weight, wanted));
  }

  /**
   * Computes the gradient of the source of any convolution.
   *
   * @param dims dimensions of the weights, which {@code weights} provides in the requested layout
   */
  static Tensor sourceGradient(
      LoweringContext ctx,
      Node n,
      long[] dims,
      Tensor dy,
      Descriptions.Geometry g,
      PrimitiveDesc forward,
      Function<MemoryDesc, Tensor> weights) {
    MemoryDesc any = ctx.desc(dims, Layout.ANY);
    MemoryDesc out = ctx.standard(n.input().shape());
    MemoryDesc anySrc = ctx.desc(ctx.dims(n.input().shape()), Layout.ANY);
    MemoryDesc anyDst = ctx.desc(ctx.dims(n.shape()), Layout.ANY);
    PrimitiveDesc pd =
        ctx.choose(
            n,
            List.of(
                () -> ctx.describe().convolutionData(out, any, dy.desc(), g, forward),
                () -> ctx.describe().convolutionData(anySrc, any, anyDst, g, forward)));
    Tensor dx = ctx.tensor("gradient of " + n.input().name(), pd.diffSrc());
    Map<Arg, Tensor> args =
        Map.of(
            Arg.DIFF_DST,
            ctx.as(n.name(), dy, pd.diffDst()),
            Arg.WEIGHTS,
            weights.apply(pd.weights()),
            Arg.DIFF_SRC,
            dx);
    ctx.step().primitive(n.name(), "convolution backward_data", pd, args);
    return ctx.as(n.name(), dx, out);
  }

  /**
   * Adds the gradient of a pointwise convolution's source to {@code sum}, if oneDNN has fast code
   * for it.
   *
   * <p>That gradient is itself a pointwise convolution, with transposed weights; unlike a backward
   * primitive, a forward primitive can accumulate into its destination.
   *
   * @return whether it was added
   */
  boolean addSourceGradient(Node n, Tensor dy, Tensor sum) {
    ParamSpec weight = n.param(Role.WEIGHT).orElseThrow();
    long[] dims = ParameterLayout.dims(weight);
    MemoryDesc any = ctx.desc(new long[] {dims[1], dims[0], 1, 1}, Layout.ANY);
    Descriptions.Geometry g =
        LoweringContext.geometry(Window.square(1), n.shape(), n.input().shape());
    List<PostOp> add = List.of(new PostOp.AddDestination());
    Optional<PrimitiveDesc> fast =
        LoweringContext.ifFast(
            () -> ctx.describe().convolution(false, dy.desc(), any, null, sum.desc(), g, add));
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
    return true;
  }
}
