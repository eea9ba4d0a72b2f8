package dev.fovea.onednn;

import dev.fovea.graph.Consumers;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.onednn.binding.Layout;
import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.program.Optimization;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Lets the branches of concatenations write directly into their channels of the concatenation's
 * tensor, so that nothing needs to be copied.
 *
 * <p>A branch can do so if the concatenation is its only consumer and all branches fill whole
 * blocks of channels. In such a destination the stride between images is larger than the branch
 * itself; oneDNN's convolutions have fast code for that, its pools and batch norms only for a
 * single image.
 */
final class ConcatAliasing {
  private final LoweringContext ctx;
  private final HoistedNorms hoisted;
  private final Map<Node, Place> places = new IdentityHashMap<>();
  private final Map<Node, Concatenation> laidOut = new IdentityHashMap<>();

  private record Place(Node concat, int branch) {}

  private record Concatenation(Tensor whole, List<Tensor> parts) {}

  ConcatAliasing(LoweringContext ctx, Graph graph, HoistedNorms hoisted) {
    this.ctx = ctx;
    this.hoisted = hoisted;
    if (ctx.options().with(Optimization.CONCAT_IN_PLACE)) {
      Consumers consumers = graph.consumers();
      graph.nodes().stream()
          .filter(n -> n.op() instanceof Op.Concat && ctx.fillsWholeBlocks(n))
          .forEach(n -> find(n, consumers));
    }
  }

  private void find(Node concat, Consumers consumers) {
    for (int i = 0; i < concat.inputs().size(); i++) {
      Node branch = concat.inputs().get(i);
      if (consumers.of(branch).equals(List.of(concat)) && !(branch.op() instanceof Op.Input)) {
        places.put(branch, new Place(concat, i));
      }
    }
  }

  /**
   * The slice of a concatenation's tensor, or of the tensor that is normalized to become it, that
   * {@code node} writes into.
   */
  Optional<Tensor> of(Node node) {
    Optional<Tensor> beforeNorm = hoisted.of(node);
    if (beforeNorm.isPresent()) {
      return beforeNorm;
    }
    return Optional.ofNullable(places.get(node)).map(p -> parts(p.concat()).get(p.branch()));
  }

  /** The tensor of a concatenation, which may itself be a slice of another one. */
  Tensor whole(Node concat) {
    return layOut(concat).whole();
  }

  /** The slices of {@link #whole} that the branches write into, in order. */
  List<Tensor> parts(Node concat) {
    return layOut(concat).parts();
  }

  private Concatenation layOut(Node concat) {
    Concatenation known = laidOut.get(concat);
    if (known == null) {
      MemoryDesc standard = ctx.standard(concat.shape());
      Tensor whole = of(concat).orElseGet(() -> ctx.tensor(concat.name(), standard));
      List<Tensor> parts = new ArrayList<>();
      int channel = 0;
      for (Node branch : concat.inputs()) {
        parts.add(whole.viewedAs(ctx.channels(whole.desc(), branch.shape(), channel)));
        channel += branch.shape().dim(0);
      }
      known = new Concatenation(whole, parts);
      laidOut.put(concat, known);
    }
    return known;
  }

  /** Describes a convolution with the given source and destination. */
  interface Description {
    PrimitiveDesc of(MemoryDesc src, MemoryDesc dst);
  }

  /**
   * Chooses the implementation of convolution {@code n}: one that writes into its slice, if oneDNN
   * has fast code for that.
   */
  PrimitiveDesc choose(Node n, Tensor x, Description describe) {
    return choose(n, of(n), x, describe);
  }

  /**
   * Chooses the implementation of a convolution on {@code x}: one that writes into {@code place} if
   * there is one and oneDNN has fast code for it, else one with standard layout, else one with any
   * layout.
   */
  PrimitiveDesc choose(Node conv, Optional<Tensor> place, Tensor x, Description describe) {
    MemoryDesc anySrc = ctx.desc(ctx.dims(conv.input().shape()), Layout.ANY);
    MemoryDesc anyDst = ctx.desc(ctx.dims(conv.shape()), Layout.ANY);
    return place
        .flatMap(p -> LoweringContext.ifFast(() -> describe.of(x.desc(), p.desc())))
        .orElseGet(
            () ->
                ctx.choose(
                    conv,
                    List.of(
                        () -> describe.of(x.desc(), ctx.standard(conv.shape())),
                        () -> describe.of(x.desc(), anyDst),
                        () -> describe.of(anySrc, anyDst))));
  }

  /** The tensor that {@code pd} writes the result of {@code end} to: its slice, or a new tensor. */
  Tensor destination(Node end, PrimitiveDesc pd) {
    MemoryDesc dst = pd.dst();
    return of(end)
        .filter(place -> place.desc().sameAs(dst))
        .orElseGet(() -> ctx.tensor(end.name(), dst));
  }

  /** The slice of {@code end}, or a new tensor in standard layout. */
  Tensor destination(Node end) {
    return of(end).orElseGet(() -> ctx.tensor(end.name(), ctx.standard(end.shape())));
  }

  /** The result of {@code end}, written to {@code dst}, in the layout that its consumers expect. */
  Tensor inConsumerLayout(Node end, Tensor dst) {
    return of(end)
        .filter(dst::equals)
        .orElseGet(() -> ctx.as(end.name(), dst, ctx.standard(end.shape())));
  }
}
