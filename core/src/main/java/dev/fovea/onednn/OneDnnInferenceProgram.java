package dev.fovea.onednn;

import dev.fovea.graph.Graph;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ProgramReport;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.Optional;

/** An inference program: a flat list of primitives over one arena. */
final class OneDnnInferenceProgram implements InferenceProgram {
  private final Owner owner;
  private final CompileOptions options;
  private final Graph graph;
  private final OneDnnParameters weights;
  private final CompiledStep step;
  private final Executable refresh;
  private final FloatBuffer logits;
  // Version of the weights that the folded and copied weights were computed from; none before the
  // first run.
  private long refreshedAt = -1;

  /**
   * Appends all instructions of a network.
   *
   * @param images receives the batch, in row-major order
   */
  record Lowered(Tensor images, Tensor logits) {}

  /** Lowers a network. */
  interface Lowering {
    Lowered lower(LoweringContext ctx, Weights weights);
  }

  /** A network in the precision of the options. */
  static OneDnnInferenceProgram of(Graph graph, OneDnnParameters weights, CompileOptions options) {
    return new OneDnnInferenceProgram(
        graph,
        weights,
        options,
        (ctx, parameters) -> {
          Activations values = ForwardLowering.lower(ctx, parameters, graph).values();
          return new Lowered(values.of(graph.input()), values.of(graph.logits()));
        });
  }

  OneDnnInferenceProgram(
      Graph graph, OneDnnParameters weights, CompileOptions options, Lowering lowering) {
    this.graph = graph;
    this.options = options;
    this.weights = weights;
    this.owner = new Owner("inference program of " + graph.name());
    try {
      NativeLibrary.get().useThreads(options.threads());
      LoweringContext ctx = new LoweringContext(owner, options, Purpose.INFERENCE);
      Lowered lowered = lowering.lower(ctx, new Weights(ctx, weights.layout()));
      Tensor result =
          ctx.as(graph.name(), lowered.logits(), ctx.plain(graph.logits().shape(), DType.F32));
      MemoryLayout layout = ctx.layOut(List.of(result));
      AvailableMemory.require(
          layout.arenaBytes() + layout.persistentBytes(), graph.name(), options);
      ProgramMemory memory = ProgramMemory.allocate(owner, layout, weights, Optional.empty());
      this.step = CompiledStep.of(ctx, lowered.images(), layout, memory);
      this.refresh = ctx.refresh().bind(memory);
      this.logits = memory.floats(result);
    } catch (RuntimeException | Error e) {
      owner.close();
      throw e;
    }
  }

  @Override
  public DType inputType() {
    return step.inputType();
  }

  @Override
  public void run(ByteBuffer images, float[] result) {
    prepare(images, result);
    step.calls().run(StepRun.withoutInputs());
    logits.get(0, result);
  }

  @Override
  public void profile(ByteBuffer images, float[] result, long[] nanos) {
    prepare(images, result);
    step.calls().run(StepRun.withoutInputs(), nanos);
    logits.get(0, result);
  }

  private void prepare(ByteBuffer images, float[] result) {
    if (owner.closed()) {
      throw new IllegalStateException(
          "the inference program of " + graph.name() + " is closed; compile it again");
    }
    if (result.length != options.batch() * graph.classes()) {
      throw new IllegalArgumentException(
          "expected an array for "
              + options.batch()
              + " x "
              + graph.classes()
              + " logits, got "
              + result.length);
    }
    weights.requireOpen();
    NativeLibrary.get().useThreads(options.threads());
    Images.copy(images, step.input());
    if (refreshedAt != weights.version()) {
      refresh.run(StepRun.withoutInputs());
      refreshedAt = weights.version();
    }
  }

  @Override
  public ProgramReport report() {
    return step.report(options.precision(), 0);
  }

  @Override
  public void close() {
    owner.close();
  }
}
