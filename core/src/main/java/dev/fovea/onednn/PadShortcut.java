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
 * Option A's shortcut as a strided 1x1 convolution whose weights are 0 and 1.
 *
 * <p>It is exact, since every output is one input or a sum of zeros, and needs no copy through
 * plain order, as shifting channels by half a block would.
 */
final class PadShortcut {
  private final Lowering to;

  PadShortcut(Lowering to) {
    this.to = to;
  }

  Tensor forward(Node n, Op.PadShortcut o, Tensor x, Map<Node, Notes> notes) {
    int in = n.input().shape().dim(0);
    long[] dims = {o.outChannels(), in, 1, 1};
    Descriptions.Geometry g =
        Lowering.geometry(Window.square(1).stride(o.stride()), n.input().shape(), n.shape());
    MemoryDesc out = to.standard(n.shape());
    MemoryDesc any = to.desc(dims, Layout.ANY);
    MemoryDesc anySrc = to.desc(to.dims(n.input().shape()), Layout.ANY);
    MemoryDesc anyDst = to.desc(to.dims(n.shape()), Layout.ANY);
    PrimitiveDesc pd =
        to.choose(
            n,
            List.of(
                () ->
                    to.describe()
                        .convolution(to.training(), x.desc(), any, null, out, g, List.of()),
                () ->
                    to.describe()
                        .convolution(to.training(), anySrc, any, null, anyDst, g, List.of())));
    Tensor plain =
        to.lasting(
            n.name() + " selection", MemoryDesc.of(to.owner(), dims, DType.F32, Layout.ABCD));
    to.once()
        .host(
            n.name(),
            "selection weights",
            List.of(plain),
            () -> fill(plain.floats(), in, o.before()));
    Tensor dst = to.tensor(n.name(), pd.dst());
    Tensor src = to.as(n.name(), x, pd.src());
    to.step()
        .primitive(
            n.name(),
            "convolution shortcut",
            pd,
            Map.of(Arg.SRC, src, Arg.WEIGHTS, constant(n, plain, pd.weights()), Arg.DST, dst));
    notes.put(n, new Notes.Shortcut(pd, plain, g));
    return to.as(n.name(), dst, out);
  }

  Tensor backward(Node n, Notes.Shortcut note, Tensor dy) {
    Op.PadShortcut o = (Op.PadShortcut) n.op();
    long[] dims = {o.outChannels(), n.input().shape().dim(0), 1, 1};
    return to.convolutionData(
        n,
        dims,
        dy,
        note.geometry(),
        note.forward(),
        wanted -> constant(n, note.plainWeights(), wanted));
  }

  private Tensor constant(Node n, Tensor plain, MemoryDesc wanted) {
    Tensor packed = to.lasting(n.name() + " packed selection", wanted);
    to.copy(to.once(), n.name(), plain, packed);
    return packed;
  }

  private static void fill(FloatBuffer weights, int in, int before) {
    for (int c = 0; c < in; c++) {
      weights.put((before + c) * in + c, 1);
    }
  }
}
