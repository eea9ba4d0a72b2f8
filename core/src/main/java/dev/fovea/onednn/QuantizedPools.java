package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.onednn.QuantizedTensors.Held;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Descriptions;
import dev.fovea.onednn.binding.PostOp;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.program.Quantization.Scale;
import dev.fovea.tensor.DType;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Lowers pooling of 8-bit tensors. */
final class QuantizedPools {
  private final LoweringContext ctx;
  private final QuantizedTensors values;

  QuantizedPools(LoweringContext ctx, QuantizedTensors values) {
    this.ctx = ctx;
    this.values = values;
  }

  /** Lowers a pool, if oneDNN has fast code for it. */
  boolean lower(Node n, Held x) {
    if (n.op() instanceof Op.MaxPool o) {
      // Multiples of the input's step, whatever the output is rounded to.
      return emit(n, x, Descriptions.Pool.MAX, o.window(), Optional.of(x.scale()));
    }
    Optional<Window> mean = Pools.windowOfMean(n);
    if (mean.isEmpty()) {
      return false;
    }
    boolean padding = n.op() instanceof Op.AvgPool o && o.countPadding();
    Descriptions.Pool pool =
        padding ? Descriptions.Pool.MEAN_WITH_PADDING : Descriptions.Pool.MEAN_WITHOUT_PADDING;
    return emit(n, x, pool, mean.get(), values.scale(n));
  }

  private boolean emit(Node n, Held x, Descriptions.Pool pool, Window w, Optional<Scale> to) {
    Descriptions.Geometry g = LoweringContext.geometry(w, n.input().shape(), n.shape());
    DType type = to.map(QuantizedTensors::typeOf).orElse(DType.F32);
    float factor =
        to.map(scale -> QuantizedTensors.ratio(x.scale(), scale)).orElse(x.scale().step());
    List<PostOp> postOps = factor == 1 ? List.of() : List.of(new PostOp.Multiply(factor));
    Tensor dst = ctx.tensor(n.name(), ctx.channelsLast(n.shape(), type));
    Optional<PrimitiveDesc> pd =
        LoweringContext.ifFast(
            () -> ctx.describe().pool(false, pool, x.tensor().desc(), dst.desc(), g, postOps));
    if (pd.isEmpty()) {
      return false;
    }
    ctx.step()
        .primitive(
            n.name(),
            "pooling " + n.op().label(),
            pd.get(),
            Map.of(Arg.SRC, x.tensor(), Arg.DST, dst));
    if (to.isPresent()) {
      values.put(n, new Held(dst, to.get()));
    } else {
      values.putFloats(n, ctx.as(n.name(), dst, values.standard(n)));
    }
    return true;
  }
}
