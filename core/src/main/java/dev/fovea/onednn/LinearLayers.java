package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Layout;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Shape;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Lowers flattening and linear layers. */
final class LinearLayers {
  private final LoweringContext ctx;
  private final Weights weights;

  LinearLayers(LoweringContext ctx, Weights weights) {
    this.ctx = ctx;
    this.weights = weights;
  }

  /**
   * Computes y = W x + b.
   *
   * @param type number format of the output
   */
  Tensor forward(Node n, Op.Linear o, DType type, Activations values) {
    Tensor x = ctx.as(n.name(), values.of(n.input()), ctx.plain(n.input().shape(), ctx.type()));
    ParamSpec weight = n.param(Role.WEIGHT).orElseThrow();
    long[] dims = ParameterLayout.dims(weight);
    MemoryDesc any = ctx.desc(dims, Layout.ANY);
    MemoryDesc bias = o.bias() ? ctx.vector(o.outFeatures()) : null;
    MemoryDesc out = ctx.plain(n.shape(), type);
    PrimitiveDesc pd =
        ctx.choose(
            n,
            List.of(
                () -> ctx.describe().innerProduct(ctx.differentiates(), x.desc(), any, bias, out)));
    PrimitiveDesc gradient = ctx.trains() ? weightsBackward(n, dims, x, bias, pd) : null;
    MemoryDesc plain = ParameterLayout.plainDesc(ctx.owner(), dims, DType.F32);
    weights.pin(weight, dims, gradient == null ? plain : gradient.diffWeights());
    if (ctx.differentiates()) {
      values.save(n, new SavedForBackward.Linear(pd, gradient, x));
    }
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    args.put(Arg.SRC, x);
    args.put(Arg.WEIGHTS, weights.as(weight, pd.weights()));
    if (bias != null) {
      args.put(Arg.BIAS, weights.vector(n.param(Role.BIAS).orElseThrow()));
    }
    Tensor dst = ctx.tensor(n.name(), out);
    args.put(Arg.DST, dst);
    ctx.step().primitive(n.name(), "inner_product forward", pd, args);
    return dst;
  }

  // Described together with the forward pass, since it decides the layout of the weights.
  private PrimitiveDesc weightsBackward(
      Node n, long[] dims, Tensor x, @Nullable MemoryDesc bias, PrimitiveDesc forward) {
    MemoryDesc any = MemoryDesc.of(ctx.owner(), dims, DType.F32, Layout.ANY);
    MemoryDesc diffDst = ctx.plain(n.shape(), ctx.type());
    return ctx.choose(
        n,
        List.of(() -> ctx.describe().innerProductWeights(x.desc(), any, bias, diffDst, forward)));
  }

  /** Computes the gradients of weight and bias. */
  void weightGradient(Node n, SavedForBackward.Linear saved, Tensor dy) {
    Map<Arg, Tensor> args = weights.gradientArguments(n, saved.src(), dy);
    PrimitiveDesc pd = Objects.requireNonNull(saved.backwardWeights(), n.name());
    ctx.step().primitive(n.name(), "inner_product backward_weights", pd, args);
  }

  /** Computes the gradient of the input. */
  Tensor sourceGradient(Node n, SavedForBackward.Linear saved, Tensor dy) {
    ParamSpec weight = n.param(Role.WEIGHT).orElseThrow();
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
    return result;
  }

  /** Flattens {@code x} to a vector per image. */
  Tensor flatten(Node n, Tensor x) {
    if (n.input().shape().rank() == 1) {
      return x;
    }
    Tensor rows = ctx.as(n.name(), x, ctx.plain(n.input().shape(), ctx.type()));
    return rows.viewedAs(ctx.plain(n.shape(), ctx.type()));
  }

  /** Reshapes the gradient of a flattened tensor back. */
  Tensor unflatten(Node n, Tensor dy) {
    Shape in = n.input().shape();
    Tensor view = in.rank() == 1 ? dy : dy.viewedAs(ctx.plain(in, ctx.type()));
    return ctx.as(n.name(), view, ctx.standard(in));
  }
}
