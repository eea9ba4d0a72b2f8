package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.onednn.binding.Layout;
import dev.fovea.onednn.binding.MemoryDesc;
import java.util.List;

/** Lowers dropout and stochastic depth: multiplication by a mask that is drawn in every step. */
final class Dropouts {
  private final LoweringContext ctx;
  private final Elementwise elementwise;

  Dropouts(LoweringContext ctx, Elementwise elementwise) {
    this.ctx = ctx;
    this.elementwise = elementwise;
  }

  /** Lowers dropout: one factor per element. */
  Tensor dropout(Node n, Op.Dropout o, Activations values) {
    return forward(n, o.p(), ctx.plain(n.shape(), ctx.type()), values);
  }

  /** Lowers stochastic depth: one factor per image. */
  Tensor stochasticDepth(Node n, Op.StochasticDepth o, Activations values) {
    MemoryDesc perImage = ctx.desc(new long[] {1, ctx.batch(), 1, 1}, Layout.plain(4));
    return forward(n, o.p(), perImage, values);
  }

  private Tensor forward(Node n, double p, MemoryDesc drawn, Activations values) {
    Tensor x = values.inputOf(n);
    if (!ctx.trains() || p == 0) {
      values.save(n, new SavedForBackward.Mask(x, false));
      return x;
    }
    Tensor plainMask = ctx.tensor(n.name() + " mask", drawn);
    int elements = Math.toIntExact(drawn.size() / ctx.type().bytes());
    DropoutStep draw = new DropoutStep(n.name(), p, plainMask, elements, ctx.type());
    ctx.step().kernel(n.name(), "dropout mask", List.of(plainMask), draw);
    boolean spread = n.op() instanceof Op.StochasticDepth;
    Tensor mask = spread ? plainMask : ctx.as(n.name(), plainMask, x.desc());
    Tensor dst = ctx.tensor(n.name(), x.desc());
    elementwise.multiply(n, "binary mul", likeMask(n, x), mask, likeMask(n, dst));
    values.save(n, new SavedForBackward.Mask(mask, true));
    return dst;
  }

  /** Computes the input gradient of a node with a mask. */
  void backward(Node n, SavedForBackward.Mask saved, Tensor dy, Tensor dx) {
    elementwise.multiply(n, "binary mul backward", likeMask(n, dy), saved.mask(), likeMask(n, dx));
  }

  // Views x so that it matches the mask of n. oneDNN has no fast code for one factor per image, as
  // in stochastic depth, but has it for one per channel, so the images become channels.
  private Tensor likeMask(Node n, Tensor x) {
    if (!(n.op() instanceof Op.StochasticDepth)) {
      return x;
    }
    long perImage = x.desc().size() / ctx.type().bytes() / ctx.batch();
    return x.viewedAs(ctx.desc(new long[] {1, ctx.batch(), 1, perImage}, Layout.plain(4)));
  }
}
