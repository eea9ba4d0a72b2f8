package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Eltwise;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.PostOp;
import dev.fovea.onednn.binding.PrimitiveDesc;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Lowers element-wise operations: activation functions, additions and products. */
final class Elementwise {
  private final LoweringContext ctx;

  /** The function without constants that an operation computes, if it is one. */
  static Optional<Eltwise> functionOf(Op op) {
    if (op instanceof Op.Relu) {
      return Optional.of(Eltwise.RELU);
    } else if (op instanceof Op.Sigmoid) {
      return Optional.of(Eltwise.LOGISTIC);
    } else if (op instanceof Op.Tanh) {
      return Optional.of(Eltwise.TANH);
    } else if (op instanceof Op.Silu) {
      return Optional.of(Eltwise.SWISH);
    } else if (op instanceof Op.Gelu gelu) {
      boolean tanh = gelu.approximation() == Op.Gelu.Approximation.TANH;
      return Optional.of(tanh ? Eltwise.GELU_TANH : Eltwise.GELU_ERF);
    }
    return Optional.empty();
  }

  Elementwise(LoweringContext ctx) {
    this.ctx = ctx;
  }

  /** Applies a function without constants. */
  Tensor function(Node n, Eltwise f, Activations values) {
    return function(n, f, f.alpha(), 0, values);
  }

  /** Computes scale · x + shift. */
  Tensor affine(Node n, Op.Affine o, Activations values) {
    return function(n, Eltwise.LINEAR, (float) o.scale(), (float) o.shift(), values);
  }

  private Tensor function(Node n, Eltwise f, float alpha, float beta, Activations values) {
    Tensor x = values.inputOf(n);
    MemoryDesc standard = ctx.standard(n.shape());
    MemoryDesc plain = ctx.plain(n.shape(), ctx.type());
    // If f(0) is not 0, oneDNN handles the padded channels of blocked layout only in a slow loop.
    PrimitiveDesc pd =
        ctx.choose(
            n,
            List.of(
                () ->
                    ctx.describe()
                        .eltwise(ctx.differentiates(), f, standard, standard, alpha, beta),
                () -> ctx.describe().eltwise(ctx.differentiates(), f, plain, plain, alpha, beta)));
    Tensor src = ctx.as(n.name(), x, pd.src());
    boolean inPlace = src.desc().sameAs(x.desc()) && values.mayOverwrite(n, n.input());
    Tensor dst = inPlace ? x : ctx.tensor(n.name(), pd.dst());
    ctx.step()
        .primitive(n.name(), "eltwise " + n.op().label(), pd, Map.of(Arg.SRC, src, Arg.DST, dst));
    return ctx.as(n.name(), dst, standard);
  }

  /** Applies a function without constants to {@code x}, in its place. */
  void functionInPlace(Node n, Eltwise f, Tensor x) {
    apply(n, f, x, x);
  }

  /** Applies a function without constants to {@code x} into {@code y}. */
  void apply(Node n, Eltwise f, Tensor x, Tensor y) {
    PrimitiveDesc pd =
        ctx.choose(
            n, List.of(() -> ctx.describe().eltwise(false, f, x.desc(), y.desc(), f.alpha(), 0)));
    ctx.step().primitive(n.name(), "eltwise " + n.op().label(), pd, Map.of(Arg.SRC, x, Arg.DST, y));
  }

  /**
   * Computes the gradient of a function's input.
   *
   * @param data the input or output of the function, by {@link Eltwise#readsInput}
   */
  void functionGradient(Node n, Eltwise f, Tensor data, Tensor dy, Tensor dx) {
    PrimitiveDesc hint = ctx.describe().eltwise(true, f, data.desc(), data.desc(), f.alpha(), 0);
    PrimitiveDesc pd =
        ctx.choose(
            n,
            List.of(
                () ->
                    ctx.describe()
                        .eltwiseBackward(f, dx.desc(), dy.desc(), data.desc(), f.alpha(), hint)));
    ctx.step()
        .primitive(
            n.name(),
            "eltwise backward",
            pd,
            Map.of(f.readsInput() ? Arg.SRC : Arg.DST, data, Arg.DIFF_DST, dy, Arg.DIFF_SRC, dx));
  }

  /** Computes the gradient of an affine function's input. */
  void affineGradient(Node n, Op.Affine o, Tensor dy, Tensor dx) {
    float scale = (float) o.scale();
    PrimitiveDesc pd =
        ctx.choose(
            n,
            List.of(
                () ->
                    ctx.describe().eltwise(true, Eltwise.LINEAR, dy.desc(), dx.desc(), scale, 0)));
    ctx.step().primitive(n.name(), "eltwise backward", pd, Map.of(Arg.SRC, dy, Arg.DST, dx));
  }

  /** Adds two inputs, in place if nothing else reads one of them. */
  Tensor addition(Node n, List<PostOp> postOps, Activations values) {
    Node first = n.inputs().get(0);
    Node second = n.inputs().get(1);
    Node kept = !values.mayOverwrite(n, first) && values.mayOverwrite(n, second) ? second : first;
    MemoryDesc out = ctx.standard(n.shape());
    Tensor a = ctx.as(n.name(), values.of(kept), out);
    Tensor b = ctx.as(n.name(), values.of(kept == first ? second : first), out);
    PrimitiveDesc pd =
        ctx.choose(n, List.of(() -> ctx.describe().add(a.desc(), b.desc(), out, postOps)));
    Tensor dst = values.mayOverwrite(n, kept) ? a.viewedAs(out) : ctx.tensor(n.name(), out);
    binary(n, "binary " + n.op().label(), pd, a, b, dst);
    return dst;
  }

  /** Adds two gradients into {@code dst}, which may be one of them. */
  void addGradients(Node of, Tensor a, Tensor b, Tensor dst) {
    PrimitiveDesc pd =
        ctx.choose(
            of, List.of(() -> ctx.describe().add(a.desc(), b.desc(), dst.desc(), List.of())));
    binary(of, "binary sum of gradients", pd, a, b, dst);
  }

  /** Multiplies two inputs. */
  Tensor product(Node n, Activations values) {
    MemoryDesc out = ctx.standard(n.shape());
    Tensor a = ctx.as(n.name(), values.of(n.inputs().get(0)), out);
    Tensor b = ctx.as(n.name(), values.of(n.inputs().get(1)), out);
    PrimitiveDesc pd =
        ctx.choose(n, List.of(() -> ctx.describe().multiply(a.desc(), b.desc(), out)));
    Tensor dst = ctx.tensor(n.name(), out);
    binary(n, "binary Multiply", pd, a, b, dst);
    return dst;
  }

  /** Multiplies {@code a} and {@code b} into {@code dst}. */
  void multiply(Node n, String kind, Tensor a, Tensor b, Tensor dst) {
    PrimitiveDesc pd =
        ctx.choose(n, List.of(() -> ctx.describe().multiply(a.desc(), b.desc(), dst.desc())));
    binary(n, kind, pd, a, b, dst);
  }

  private void binary(Node n, String kind, PrimitiveDesc pd, Tensor a, Tensor b, Tensor dst) {
    ctx.step().primitive(n.name(), kind, pd, Map.of(Arg.SRC, a, Arg.SRC_1, b, Arg.DST, dst));
  }
}
