package dev.fovea.onednn;

import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.onednn.handle.Arg;
import dev.fovea.onednn.handle.Descriptions;
import dev.fovea.onednn.handle.PrimitiveDesc;
import dev.fovea.program.CompileOptions.Memory;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/**
 * Saves memory by computing normalised activations a second time in the backward pass, from the
 * normalisation's input and the batch statistics, instead of keeping them since the forward pass.
 *
 * <p>Applies to batch norm + ReLU that only convolutions read; it costs one pass over memory each.
 */
final class Recomputation {
  private final Lowering to;
  private final Weights weights;
  private final Forward forward;
  private final Memory memory;
  private final Map<Node, List<Node>> consumers;
  private final Map<Node, Tensor> again = new IdentityHashMap<>();

  Recomputation(Lowering to, Weights weights, Forward forward, Memory memory, Map<Node, List<Node>> consumers) {
    this.to = to;
    this.weights = weights;
    this.forward = forward;
    this.memory = memory;
    this.consumers = consumers;
  }

  /** The output of {@code node} for a reader in the backward pass: as it was kept, or computed again. */
  Tensor again(Node node, Tensor kept) {
    boolean worthIt =
        memory == Memory.LOW
            && node.op() instanceof Op.BatchNormRelu
            && consumers.get(node).stream().allMatch(c -> c.op() instanceof Op.Conv2d);
    return worthIt ? again.computeIfAbsent(node, this::compute) : kept;
  }

  private Tensor compute(Node node) {
    Notes.Norm note = (Notes.Norm) forward.notes(node);
    Descriptions.Norm norm = new Descriptions.Norm(note.norm().epsilon(), true, true);
    Tensor y = to.tensor(node.name() + " again", to.standard(node.shape()));
    PrimitiveDesc pd =
        to.choose(node, List.of(() -> to.describe().batchNorm(false, note.src().desc(), y.desc(), norm)));
    to.step()
        .primitive(
            node.name(),
            "batch_normalization again",
            pd,
            Map.of(
                Arg.SRC, note.src(),
                Arg.MEAN, note.mean(),
                Arg.VARIANCE, note.variance(),
                Arg.SCALE, weights.master(node.param(Role.NORM_SCALE).orElseThrow()),
                Arg.SHIFT, weights.master(node.param(Role.NORM_SHIFT).orElseThrow()),
                Arg.DST, y));
    return y;
  }
}
