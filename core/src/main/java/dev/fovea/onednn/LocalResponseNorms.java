package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.PrimitiveDesc;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Lowers local response normalization.
 *
 * <p>Its tensors are viewed as whole blocks of channels: zero channels do not change any sum of
 * squares, and oneDNN is fast only with whole blocks.
 */
final class LocalResponseNorms {
  private final LoweringContext ctx;

  LocalResponseNorms(LoweringContext ctx) {
    this.ctx = ctx;
  }

  Tensor forward(Node n, Op.LocalResponseNorm o, Activations values) {
    Tensor x = values.inputOf(n).viewedAs(ctx.wholeBlocks(n.shape()));
    PrimitiveDesc pd =
        ctx.choose(
            n,
            List.of(
                () ->
                    ctx.describe()
                        .lrn(
                            ctx.differentiates(),
                            x.desc(),
                            x.desc(),
                            o.size(),
                            (float) o.alpha(),
                            (float) o.beta(),
                            (float) o.k())));
    Tensor dst = ctx.tensor(n.name(), x.desc());
    Map<Arg, Tensor> args = new LinkedHashMap<>(Map.of(Arg.SRC, x, Arg.DST, dst));
    MemoryDesc ws = pd.workspace();
    Tensor workspace = ws.size() > 0 ? ctx.tensor(n.name() + " workspace", ws) : null;
    if (workspace != null) {
      args.put(Arg.WORKSPACE, workspace);
    }
    ctx.step().primitive(n.name(), "lrn forward", pd, args);
    values.save(n, new SavedForBackward.Lrn(pd, x, workspace));
    return dst.viewedAs(ctx.standard(n.shape()));
  }

  /** Computes the gradient of the input. */
  void backward(Node n, Op.LocalResponseNorm o, SavedForBackward.Lrn saved, Tensor dy, Tensor dx) {
    MemoryDesc blocks = saved.src().desc();
    float[] alphaBetaK = {(float) o.alpha(), (float) o.beta(), (float) o.k()};
    PrimitiveDesc pd =
        ctx.choose(
            n,
            List.of(
                () ->
                    ctx.describe()
                        .lrnBackward(
                            blocks, blocks, blocks, o.size(), alphaBetaK, saved.forward())));
    Map<Arg, Tensor> args = new LinkedHashMap<>();
    args.put(Arg.SRC, saved.src());
    args.put(Arg.DIFF_DST, dy.viewedAs(blocks));
    args.put(Arg.DIFF_SRC, dx.viewedAs(blocks));
    if (saved.workspace() != null) {
      args.put(Arg.WORKSPACE, saved.workspace());
    }
    ctx.step().primitive(n.name(), "lrn backward", pd, args);
  }
}
