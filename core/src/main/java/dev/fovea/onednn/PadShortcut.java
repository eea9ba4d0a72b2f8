package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Descriptions;
import dev.fovea.onednn.binding.Layout;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.tensor.DType;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Map;

/**
 * Lowers shortcut option A as a strided 1x1 convolution with weights of 0 and 1.
 *
 * <p>This is exact, since every output is one input or a sum of zeros, and avoids the copies
 * through plain layout that shifting channels by half a block would need.
 */
final class PadShortcut {
  private final LoweringContext ctx;

  PadShortcut(LoweringContext ctx) {
    this.ctx = ctx;
  }

  Tensor forward(Node n, Op.PadShortcut o, Tensor x, Activations values) {
    int in = n.input().shape().dim(0);
    long[] dims = {o.outChannels(), in, 1, 1};
    Descriptions.Geometry g =
        LoweringContext.geometry(Window.square(1).stride(o.stride()), n.input().shape(), n.shape());
    MemoryDesc out = ctx.standard(n.shape());
    MemoryDesc any = ctx.desc(dims, Layout.ANY);
    MemoryDesc anySrc = ctx.desc(ctx.dims(n.input().shape()), Layout.ANY);
    MemoryDesc anyDst = ctx.desc(ctx.dims(n.shape()), Layout.ANY);
    PrimitiveDesc pd =
        ctx.choose(
            n,
            List.of(
                () ->
                    ctx.describe()
                        .convolution(ctx.differentiates(), x.desc(), any, null, out, g, List.of()),
                () ->
                    ctx.describe()
                        .convolution(
                            ctx.differentiates(), anySrc, any, null, anyDst, g, List.of())));
    Tensor plain =
        ctx.persistent(
            n.name() + " selection", MemoryDesc.of(ctx.owner(), dims, DType.F32, Layout.ABCD));
    ctx.once()
        .kernel(n.name(), "selection weights", List.of(plain), fillOnce(plain, in, o.before()));
    Tensor dst = ctx.tensor(n.name(), pd.dst());
    Tensor src = ctx.as(n.name(), x, pd.src());
    ctx.step()
        .primitive(
            n.name(),
            "convolution shortcut",
            pd,
            Map.of(Arg.SRC, src, Arg.WEIGHTS, constant(n, plain, pd.weights()), Arg.DST, dst));
    values.save(n, new SavedForBackward.Shortcut(pd, plain, g));
    return ctx.as(n.name(), dst, out);
  }

  Tensor backward(Node n, SavedForBackward.Shortcut saved, Tensor dy) {
    Op.PadShortcut o = (Op.PadShortcut) n.op();
    long[] dims = {o.outChannels(), n.input().shape().dim(0), 1, 1};
    return Convolutions.sourceGradient(
        ctx,
        n,
        dims,
        dy,
        saved.geometry(),
        saved.forward(),
        wanted -> constant(n, saved.plainWeights(), wanted));
  }

  private Tensor constant(Node n, Tensor plain, MemoryDesc wanted) {
    Tensor packed = ctx.persistent(n.name() + " packed selection", wanted);
    ctx.copy(ctx.once(), n.name(), plain, packed);
    return packed;
  }

  private static Instruction.Kernel fillOnce(Tensor weights, int in, int before) {
    return memory -> {
      FloatBuffer values = memory.floats(weights);
      return step -> fill(values, in, before);
    };
  }

  private static void fill(FloatBuffer weights, int in, int before) {
    for (int c = 0; c < in; c++) {
      weights.put((before + c) * in + c, 1);
    }
  }
}
