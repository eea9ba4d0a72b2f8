package dev.fovea.onednn;

import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.onednn.QuantizedTensors.Held;
import dev.fovea.onednn.binding.Arg;
import dev.fovea.onednn.binding.Descriptions.Attributes;
import dev.fovea.onednn.binding.PostOp;
import dev.fovea.onednn.binding.PrimitiveDesc;
import dev.fovea.program.ProgramException;
import dev.fovea.program.Quantization;
import dev.fovea.program.Quantization.Scale;
import dev.fovea.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Lowers a network whose tensors are partly kept in 8 bits, as a {@link Quantization} says.
 *
 * <p>What has no instruction for integers is lowered by {@link ForwardLowering} between a
 * conversion to binary32 and one back.
 */
final class QuantizedLowering {
  private final LoweringContext ctx;
  private final Graph graph;
  private final ForwardLowering floats;
  private final FoldedConvolutions folded;
  private final QuantizedTensors values;
  private final QuantizedConvolutions convolutions;
  private final QuantizedPools pools;
  private final QuantizedConcatenations concatenations;

  private QuantizedLowering(
      LoweringContext ctx,
      Weights weights,
      OneDnnParameters parameters,
      Graph graph,
      Quantization quantization) {
    check(graph, quantization);
    this.ctx = ctx;
    this.graph = graph;
    this.floats = new ForwardLowering(ctx, weights, graph);
    this.values = new QuantizedTensors(ctx, graph, quantization, floats.values());
    this.concatenations = new QuantizedConcatenations(ctx, graph, values);
    this.convolutions = new QuantizedConvolutions(ctx, graph, quantization, values, parameters);
    this.pools = new QuantizedPools(ctx, values);
    this.folded =
        floats.folded(
            n ->
                !quantization.values().containsKey(n.name())
                    && !convolutions.multipliesIntegers(n));
  }

  /** Appends the whole network to the step. */
  static OneDnnInferenceProgram.Lowered lower(
      LoweringContext ctx,
      Weights weights,
      OneDnnParameters parameters,
      Graph graph,
      Quantization quantization) {
    return new QuantizedLowering(ctx, weights, parameters, graph, quantization).lower();
  }

  private static void check(Graph graph, Quantization quantization) {
    Set<String> nodes = graph.nodes().stream().map(Node::name).collect(Collectors.toSet());
    requireKnown(graph, "node", quantization.values().keySet(), nodes);
    List<String> weights = new ArrayList<>();
    for (Node n : graph.nodes()) {
      if (n.op() instanceof Op.Conv2d || n.op() instanceof Op.Linear) {
        weights.add(QuantizedConvolutions.weight(n).name());
      }
    }
    requireKnown(
        graph, "weight of a convolution or linear layer", quantization.weights().keySet(), weights);
  }

  private static void requireKnown(
      Graph graph, String kind, Set<String> named, java.util.Collection<String> known) {
    for (String name : named) {
      if (!known.contains(name)) {
        throw new ProgramException(
            "the quantization names '"
                + name
                + "', but "
                + graph.title()
                + " has no such "
                + kind
                + "; quantize this network again");
      }
    }
  }

  private OneDnnInferenceProgram.Lowered lower() {
    Node input = graph.input();
    Tensor images = ctx.tensor("images", ctx.plain(input.shape(), DType.F32));
    values.putFloats(input, images);
    for (Node n : graph.nodes()) {
      if (n != input && !convolutions.lower(n) && !inIntegers(n)) {
        inFloats(n);
      }
    }
    values.requireFloats(graph.logits());
    return new OneDnnInferenceProgram.Lowered(images, floats.values().of(graph.logits()));
  }

  private void inFloats(Node n) {
    for (Node input : n.inputs()) {
      if (values.of(input).isPresent()) {
        values.requireFloats(input);
      }
    }
    if (folded.lower(n)) {
      values.absorbed(n);
      if (folded.isEnd(n)) {
        values.putFloats(n, floats.values().of(n));
      }
      return;
    }
    values.putFloats(n, floats.lower(n));
  }

  /** Lowers a node without conversions, if that is possible. */
  private boolean inIntegers(Node n) {
    if (n.op() instanceof Op.Concat) {
      return concatenations.lower(n);
    }
    if (n.op() instanceof Op.Add || n.op() instanceof Op.AddRelu) {
      return addition(n);
    }
    Optional<Held> x = values.of(n.input());
    if (x.isEmpty()) {
      return false;
    }
    if (n.op() instanceof Op.Flatten) {
      values.share(n, flatten(n, x.get()));
      return true;
    }
    if (n.op() instanceof Op.Dropout
        || n.op() instanceof Op.StochasticDepth
        || (n.op() instanceof Op.Relu && !x.get().scale().signed())) {
      values.share(n, x.get());
      return true;
    }
    Optional<Scale> to = values.scale(n);
    if (n.op() instanceof Op.Relu && to.isPresent() && !to.get().signed()) {
      // Clamping at 0 is the ReLU.
      values.put(n, values.as(n, x.get(), to.get()));
      return true;
    }
    return Pools.lowers(n.op()) && pools.lower(n, x.get());
  }

  private Held flatten(Node n, Held x) {
    DType type = x.type();
    if (n.input().shape().rank() == 1) {
      return x;
    }
    Tensor rows = ctx.as(n.name(), x.tensor(), ctx.plain(n.input().shape(), type));
    return new Held(rows.viewedAs(ctx.plain(n.shape(), type)), x.scale());
  }

  private boolean addition(Node n) {
    Optional<Held> a = values.of(n.inputs().get(0));
    Optional<Held> b = values.of(n.inputs().get(1));
    Optional<Scale> to = values.scale(n);
    if (a.isEmpty() || b.isEmpty() || to.isEmpty()) {
      return false;
    }
    boolean relu = n.op() instanceof Op.AddRelu && to.get().signed();
    List<PostOp> postOps = relu ? List.of(new PostOp.Relu()) : List.of();
    Attributes attributes =
        new Attributes(postOps, Map.of(Arg.SRC, Attributes.ONE, Arg.SRC_1, Attributes.ONE));
    Tensor dst = ctx.tensor(n.name(), values.desc(n, to.get()));
    Optional<PrimitiveDesc> pd =
        LoweringContext.ifFast(
            () ->
                ctx.describe()
                    .add(a.get().tensor().desc(), b.get().tensor().desc(), dst.desc(), attributes));
    if (pd.isEmpty()) {
      return false;
    }
    ctx.step()
        .primitive(
            n.name(),
            "binary " + n.op().label(),
            pd.get(),
            Map.of(
                Arg.SRC,
                a.get().tensor(),
                Arg.SRC_1,
                b.get().tensor(),
                Arg.DST,
                dst,
                Arg.scales(Arg.SRC),
                values.constant(QuantizedTensors.ratio(a.get().scale(), to.get())),
                Arg.scales(Arg.SRC_1),
                values.constant(QuantizedTensors.ratio(b.get().scale(), to.get()))));
    values.put(n, new Held(dst, to.get()));
    return true;
  }
}
