package dev.fovea.onednn;

import dev.fovea.autodiff.AttributionGraph;
import dev.fovea.graph.Graph;
import dev.fovea.graph.Node;
import dev.fovea.graph.ParamSpec;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.program.AttributionProgram;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ProgramReport;
import dev.fovea.tensor.DType;
import dev.fovea.tensor.Decimals;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Forward pass, and backward pass from a score: the lowering of training, but with all parameters
 * frozen, so that copies of weights in other layouts are made only when the weights have changed.
 */
final class OneDnnAttributionProgram implements AttributionProgram {
  private final Owner owner;
  private final CompileOptions options;
  private final Graph graph;
  private final OneDnnParameters weights;
  private final CompiledStep step;
  private final Executable refresh;
  private final FloatBuffer logitWeights;
  private final FloatBuffer logits;
  private final Map<String, FloatBuffer> values = new HashMap<>();
  private final Map<String, FloatBuffer> gradients = new HashMap<>();
  // Version of the weights that their copies were made from; none before the first run.
  private long refreshedAt = -1;

  OneDnnAttributionProgram(
      AttributionGraph attribution, OneDnnParameters weights, CompileOptions options) {
    this.graph = attribution.forward();
    this.options = options;
    this.weights = weights;
    this.owner = new Owner("attribution program of " + graph.name());
    try {
      NativeLibrary.get().useThreads(options.threads());
      LoweringContext ctx = new LoweringContext(owner, options, purpose(attribution));
      Weights parameters = new Weights(ctx, weights.layout(), trainable(graph));
      Map<String, Tensor> copies = new LinkedHashMap<>();
      ForwardLowering.ForwardPass forward =
          attribution.nodes().isEmpty()
              ? ForwardLowering.lower(ctx, parameters, graph)
              : ForwardLowering.observe(
                  ctx,
                  parameters,
                  graph,
                  (n, result) -> {
                    if (attribution.nodes().contains(n)) {
                      copies.put(n.name(), kept(ctx, n, result));
                    }
                  });
      Tensor answer =
          ctx.as(
              graph.name(),
              forward.values().of(graph.logits()),
              ctx.plain(graph.logits().shape(), DType.F32));
      BackwardLowering.Attribution backward =
          BackwardLowering.lower(ctx, parameters, forward, attribution);
      List<Tensor> results = new ArrayList<>(copies.values());
      results.addAll(backward.gradients().values());
      results.add(answer);
      MemoryLayout layout = ctx.layOut(results);
      AvailableMemory.require(
          layout.arenaBytes() + layout.persistentBytes(), graph.name(), options);
      ProgramMemory memory = ProgramMemory.allocate(owner, layout, weights, Optional.empty());
      this.step = CompiledStep.of(ctx, forward.values().of(graph.input()), layout, memory);
      this.refresh = ctx.refresh().bind(memory);
      this.logitWeights = memory.floats(backward.logitWeights());
      this.logits = memory.floats(answer);
      copies.forEach((name, copy) -> values.put(name, memory.floats(copy)));
      backward.gradients().forEach((name, copy) -> gradients.put(name, memory.floats(copy)));
    } catch (RuntimeException | Error e) {
      owner.close();
      throw e;
    }
  }

  // Without nodes to explain, there are only logits to compute, as inference does it.
  private static Purpose purpose(AttributionGraph attribution) {
    return attribution.nodes().isEmpty() ? Purpose.INFERENCE : Purpose.ATTRIBUTION;
  }

  private static Tensor kept(LoweringContext ctx, Node n, Tensor result) {
    Tensor copy = ctx.tensor("kept " + n.name(), ctx.plain(n.shape(), DType.F32));
    ctx.copy(ctx.step(), n.name(), result, copy);
    return copy;
  }

  private static Set<String> trainable(Graph graph) {
    return graph.params().stream()
        .filter(p -> p.role().trainable())
        .map(ParamSpec::name)
        .collect(Collectors.toSet());
  }

  @Override
  public int batch() {
    return options.batch();
  }

  @Override
  public void run(ByteBuffer images, float[] scoreWeights, float[] result) {
    requireOpen();
    int expected = options.batch() * graph.classes();
    requireLength("weights of the logits", scoreWeights, expected);
    requireLength("the array for logits", result, expected);
    weights.requireOpen();
    NativeLibrary.get().useThreads(options.threads());
    Images.copy(images, step.input());
    logitWeights.put(0, scoreWeights);
    if (refreshedAt != weights.version()) {
      refresh.run(StepRun.withoutInputs());
      refreshedAt = weights.version();
    }
    step.calls().run(StepRun.withoutInputs());
    logits.get(0, result);
  }

  private void requireLength(String what, float[] values, int expected) {
    if (values.length != expected) {
      throw new IllegalArgumentException(
          what
              + ": expected "
              + options.batch()
              + " x "
              + Decimals.count(graph.classes(), "value")
              + ", got "
              + values.length
              + "; give one row of all classes for each image of the batch");
    }
  }

  @Override
  public void value(String node, float[] into) {
    read(values, node, into);
  }

  @Override
  public void gradient(String node, float[] into) {
    read(gradients, node, into);
  }

  private void read(Map<String, FloatBuffer> kept, String node, float[] into) {
    requireOpen();
    FloatBuffer from = kept.get(node);
    if (from == null) {
      throw new IllegalArgumentException(
          "node '" + node + "' is not kept; name it when the program is compiled");
    }
    if (refreshedAt < 0) {
      throw new IllegalStateException(
          "the attribution program of " + graph.name() + " has not run yet; run it first");
    }
    if (into.length != from.capacity()) {
      throw new IllegalArgumentException(
          "node '"
              + node
              + "' has "
              + from.capacity()
              + " values in a batch of "
              + options.batch()
              + ", got an array of "
              + into.length);
    }
    from.get(0, into);
  }

  @Override
  public ProgramReport report() {
    return step.report(options.precision(), 0);
  }

  private void requireOpen() {
    if (owner.closed()) {
      throw new IllegalStateException(
          "the attribution program of " + graph.name() + " is closed; compile it again");
    }
  }

  @Override
  public void close() {
    owner.close();
  }
}
