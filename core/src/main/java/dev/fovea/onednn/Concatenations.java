package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Layout;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Lowers concatenations of channels. */
final class Concatenations {
  private final LoweringContext ctx;

  Concatenations(LoweringContext ctx) {
    this.ctx = ctx;
  }

  Tensor forward(Node n, Activations values, ConcatAliasing places) {
    MemoryDesc out = ctx.standard(n.shape());
    if (!ctx.fillsWholeBlocks(n)) {
      return channelsLast(n, standardInputs(n, values), out);
    }
    Tensor whole = places.whole(n);
    List<Tensor> parts = places.parts(n);
    List<Tensor> branches = n.inputs().stream().map(values::of).toList();
    if (whole.desc().sameAs(out) && parts.stream().noneMatch(branches::contains)) {
      emit(n, whole, standardInputs(n, values));
      return whole;
    }
    for (int i = 0; i < parts.size(); i++) {
      if (!parts.get(i).equals(branches.get(i))) {
        ctx.copy(ctx.step(), n.name(), branches.get(i), parts.get(i));
      }
    }
    return whole;
  }

  private List<Tensor> standardInputs(Node n, Activations values) {
    return n.inputs().stream()
        .map(i -> ctx.as(n.name(), values.of(i), ctx.standard(i.shape())))
        .toList();
  }

  private void emit(Node n, Tensor dst, List<Tensor> branches) {
    PrimitiveDesc pd =
        ctx.describe().concat(dst.desc(), branches.stream().map(Tensor::desc).toList());
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    for (int i = 0; i < branches.size(); i++) {
      args.put(Arg.source(i), branches.get(i));
    }
    args.put(Arg.DST, dst);
    ctx.step().primitive(n.name(), "concat", pd, args);
  }

  // Branches whose channels do not fill whole blocks cannot be concatenated in blocked layout.
  private Tensor channelsLast(Node n, List<Tensor> branches, MemoryDesc out) {
    List<Tensor> last = new ArrayList<>();
    for (int i = 0; i < branches.size(); i++) {
      Shape s = n.inputs().get(i).shape();
      last.add(ctx.as(n.name(), branches.get(i), ctx.desc(ctx.dims(s), Layout.ACDB)));
    }
    Tensor dst = ctx.tensor(n.name(), ctx.desc(ctx.dims(n.shape()), Layout.ACDB));
    emit(n, dst, last);
    return ctx.as(n.name(), dst, out);
  }

  /** The gradient of a concatenation in a layout that {@link #branch} can slice. */
  Tensor sliceable(Node n, Tensor dy) {
    return ctx.fillsWholeBlocks(n)
        ? dy
        : ctx.as(n.name(), dy, ctx.desc(ctx.dims(n.shape()), Layout.ACDB));
  }

  /**
   * Copies the channels of {@code whole}, starting at {@code channel}, to the gradient of a branch.
   */
  Tensor branch(Node n, Tensor whole, Node input, long channel) {
    Tensor part = whole.viewedAs(ctx.channels(whole.desc(), input.shape(), channel));
    Tensor result = ctx.tensor("gradient of " + input.name(), ctx.standard(input.shape()));
    ctx.copy(ctx.step(), n.name(), part, result);
    return result;
  }
}
