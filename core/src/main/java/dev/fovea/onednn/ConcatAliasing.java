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
 * Where the branches of concatenations can be written so that nothing is left to copy: into their
 * channels of the concatenation's own tensor.
 *
 * <p>A branch has such a place if the concatenation is its only reader and all branches fill whole
 * blocks of channels. Convolutions have fast code for such a destination, whose images lie further
 * apart than its own channels need; pools and batch norms have not, unless there is only one image.
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
   * The part of a concatenation's tensor, or of the tensor that is normalised to become it, that
   * the output of {@code node} belongs into.
   */
  Optional<Tensor> of(Node node) {
    Optional<Tensor> beforeNorm = hoisted.of(node);
    if (beforeNorm.isPresent()) {
      return beforeNorm;
    }
    return Optional.ofNullable(places.get(node)).map(p -> parts(p.concat()).get(p.branch()));
  }

  /** The tensor of a concatenation, which may itself be part of another one. */
  Tensor whole(Node concat) {
    return layOut(concat).whole();
  }

  /** The parts of {@link #whole} that the branches have, in their order. */
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

  /** A convolution's description, given its source and destination. */
  interface Description {
    PrimitiveDesc of(MemoryDesc src, MemoryDesc dst);
  }

  /** The convolution {@code n}: into its place, if oneDNN has fast code for that. */
  PrimitiveDesc choose(Node n, Tensor x, Description describe) {
    return choose(n, of(n), x, describe);
  }

  /**
   * A convolution on {@code x}: into {@code place} if there is one and oneDNN has fast code for
   * that, else in standard order, else in any.
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

  /** What {@code pd} is to write, the result of {@code end}: its place, or a tensor of its own. */
  Tensor destination(Node end, PrimitiveDesc pd) {
    MemoryDesc dst = pd.dst();
    return of(end)
        .filter(place -> place.desc().sameAs(dst))
        .orElseGet(() -> ctx.tensor(end.name(), dst));
  }

  /** The result of {@code end} as its readers want it, when it was written to {@code dst}. */
  Tensor finished(Node end, Tensor dst) {
    return of(end)
        .filter(dst::equals)
        .orElseGet(() -> ctx.as(end.name(), dst, ctx.standard(end.shape())));
  }
}
