package dev.fovea.onednn;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.onednn.binding.Eltwise;
import dev.fovea.onednn.binding.PostOp;
import dev.fovea.program.ProgramException;
import dev.fovea.tensor.DType;
import java.util.List;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Predicate;

/**
 * Lowers the nodes of a graph in order. This class decides where each tensor is stored; the classes
 * named after families of operations emit the instructions.
 */
final class ForwardLowering {
  private final LoweringContext ctx;
  private final Graph graph;
  private final Lowerings lowerings;
  private final HoistedNorms hoisted;
  private final Activations values;
  private final ConcatAliasing places;

  /**
   * The result of lowering the forward pass, which the backward pass needs.
   *
   * @param hoisted the norms that run as one on the tensor of the concatenation they lead to
   */
  record ForwardPass(Activations values, HoistedNorms hoisted, Lowerings lowerings) {}

  ForwardLowering(LoweringContext ctx, Weights weights, Graph graph) {
    this.ctx = ctx;
    this.graph = graph;
    this.lowerings = new Lowerings(ctx, weights);
    this.hoisted = new HoistedNorms(ctx, weights, graph);
    this.values = new Activations(ctx, graph);
    this.places = new ConcatAliasing(ctx, graph, hoisted);
  }

  /** Appends the whole forward pass to the step. */
  static ForwardPass lower(LoweringContext ctx, Weights weights, Graph graph) {
    ForwardLowering forward = new ForwardLowering(ctx, weights, graph);
    forward.lowerAll();
    return forward.result();
  }

  private ForwardPass result() {
    return new ForwardPass(values, hoisted, lowerings);
  }

  /**
   * Appends the forward pass node by node, without folding.
   *
   * @param each receives the result of every node before a later one may overwrite it
   */
  static ForwardPass observe(
      LoweringContext ctx, Weights weights, Graph graph, BiConsumer<Node, Tensor> each) {
    ForwardLowering forward = new ForwardLowering(ctx, weights, graph);
    for (Node n : graph.nodes()) {
      Tensor result = forward.lower(n);
      forward.values.put(n, result);
      each.accept(n, result);
    }
    return forward.result();
  }

  private void lowerAll() {
    FoldedConvolutions folded = folded(n -> true);
    for (Node n : graph.nodes()) {
      if (hoisted.isAbsorbed(n)) {
        continue;
      }
      if (ctx.differentiates() || !folded.lower(n)) {
        values.put(n, lower(n));
      }
    }
  }

  /** The convolutions that run as one with what follows, if all nodes but the last are allowed. */
  FoldedConvolutions folded(Predicate<Node> allowed) {
    return new FoldedConvolutions(
        ctx, graph, allowed, values, places, lowerings.fastConvolutions());
  }

  /** The outputs of the nodes lowered so far. */
  Activations values() {
    return values;
  }

  /** Lowers one node whose inputs are lowered, without recording its output. */
  Tensor lower(Node n) {
    Op op = n.op();
    if (op instanceof Op.Input) {
      return ctx.tensor("images", ctx.plain(n.shape(), ctx.type()));
    } else if (op instanceof Op.Conv2d o) {
      return lowerings.convolutions().forward(n, o, values, places);
    } else if (op instanceof Op.BatchNorm || op instanceof Op.BatchNormRelu) {
      return lowerings.norms().forward(n, values);
    } else if (op instanceof Op.LocalResponseNorm o) {
      return lowerings.localResponseNorms().forward(n, o, values);
    } else if (op instanceof Op.Concat) {
      return concat(n);
    } else if (op instanceof Op.Linear o) {
      return lowerings.linearLayers().forward(n, o, outputType(n), values);
    } else if (op instanceof Op.Flatten) {
      return lowerings.linearLayers().flatten(n, values.of(n.input()));
    } else if (op instanceof Op.Dropout o) {
      return lowerings.dropouts().dropout(n, o, values);
    } else if (op instanceof Op.StochasticDepth o) {
      return lowerings.dropouts().stochasticDepth(n, o, values);
    } else if (op instanceof Op.PadShortcut o) {
      return lowerings.padShortcut().forward(n, o, values.inputOf(n), values);
    } else if (Pools.lowers(op)) {
      return lowerings.pools().forward(n, values.inputOf(n), values);
    }
    return elementwise(n, op, lowerings.elementwise());
  }

  private Tensor elementwise(Node n, Op op, Elementwise elementwise) {
    Optional<Eltwise> function = Elementwise.functionOf(op);
    if (function.isPresent()) {
      return elementwise.function(n, function.get(), values);
    } else if (op instanceof Op.Affine o) {
      return elementwise.affine(n, o, values);
    } else if (op instanceof Op.Add) {
      return elementwise.addition(n, List.of(), values);
    } else if (op instanceof Op.AddRelu) {
      return elementwise.addition(n, List.of(new PostOp.Relu()), values);
    } else if (op instanceof Op.Multiply) {
      return elementwise.product(n, values);
    }
    throw new ProgramException(
        "node '"
            + n.name()
            + "': operation "
            + op.label()
            + " has no lowering to oneDNN; add it to ForwardLowering");
  }

  private Tensor concat(Node n) {
    return hoisted.isJoint(n)
        ? lowerings.norms().joint(n, hoisted.norms(n), hoisted.gather(n, values), values)
        : lowerings.concatenations().forward(n, values, places);
  }

  // Logits stay in binary32 even in bf16 programs, because the loss needs their precision.
  private DType outputType(Node linear) {
    boolean logits = graph.outputs().stream().anyMatch(out -> out.node() == linear);
    return logits ? DType.F32 : ctx.type();
  }
}
