package dev.fovea.onednn;

import dev.fovea.graph.Graph;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.ObservingProgram;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** An inference program that lowers node by node and copies the results of some of them. */
final class OneDnnObservingProgram implements ObservingProgram {
  private final Owner owner;
  private final CompileOptions options;
  private final Graph graph;
  private final OneDnnParameters weights;
  private final CompiledStep step;
  private final Executable refresh;
  private final Map<String, FloatBuffer> values = new HashMap<>();

  OneDnnObservingProgram(
      Graph graph, OneDnnParameters weights, CompileOptions options, Set<String> nodes) {
    this.graph = graph;
    this.options = options;
    this.weights = weights;
    this.owner = new Owner("observing program of " + graph.name());
    try {
      NativeLibrary.get().useThreads(options.threads());
      LoweringContext ctx = new LoweringContext(owner, options, Purpose.INFERENCE);
      Map<String, Tensor> copies = new LinkedHashMap<>();
      Activations lowered =
          ForwardLowering.observe(
                  ctx,
                  new Weights(ctx, weights.layout()),
                  graph,
                  (n, result) -> {
                    if (nodes.contains(n.name())) {
                      Tensor copy = ctx.tensor(n.name(), ctx.plain(n.shape(), DType.F32));
                      ctx.copy(ctx.step(), n.name(), result, copy);
                      copies.put(n.name(), copy);
                    }
                  })
              .values();
      List<Tensor> results = new ArrayList<>(copies.values());
      results.add(lowered.of(graph.logits()));
      MemoryLayout layout = ctx.layOut(results);
      AvailableMemory.require(
          layout.arenaBytes() + layout.persistentBytes(), graph.name(), options);
      ProgramMemory memory = ProgramMemory.allocate(owner, layout, weights, Optional.empty());
      this.step = CompiledStep.of(ctx, lowered.of(graph.input()), layout, memory);
      this.refresh = ctx.refresh().bind(memory);
      copies.forEach((name, copy) -> values.put(name, memory.floats(copy)));
    } catch (RuntimeException | Error e) {
      owner.close();
      throw e;
    }
  }

  @Override
  public void run(ByteBuffer images) {
    requireOpen();
    weights.requireOpen();
    NativeLibrary.get().useThreads(options.threads());
    Images.copy(images, step.input());
    refresh.run(StepRun.withoutInputs());
    step.calls().run(StepRun.withoutInputs());
  }

  @Override
  public FloatBuffer value(String node) {
    requireOpen();
    FloatBuffer value = values.get(node);
    if (value == null) {
      throw new IllegalArgumentException(
          "node '" + node + "' is not kept; name it when the program is compiled");
    }
    return value.duplicate();
  }

  private void requireOpen() {
    if (owner.closed()) {
      throw new IllegalStateException(
          "the observing program of " + graph.name() + " is closed; compile it again");
    }
  }

  @Override
  public void close() {
    owner.close();
  }
}
