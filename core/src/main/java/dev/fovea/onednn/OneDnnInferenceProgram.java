package dev.fovea.onednn;

import dev.fovea.graph.Graph;
import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.program.CompileOptions;
import dev.fovea.program.InferenceProgram;
import dev.fovea.program.ProgramReport;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.util.List;

/** A graph as a flat list of primitives over one arena, with population statistics. */
final class OneDnnInferenceProgram implements InferenceProgram {
  private final Owner owner;
  private final CompileOptions options;
  private final Graph graph;
  private final LoweringContext lowering;
  private final ForwardLowering forward;
  private final Tensor logits;
  private final OneDnnParameters weights;
  private boolean stale = true;

  OneDnnInferenceProgram(Graph graph, OneDnnParameters weights, CompileOptions options) {
    this.graph = graph;
    this.options = options;
    this.weights = weights;
    this.owner = new Owner("inference program of " + graph.name());
    try {
      NativeLibrary.get().useThreads(options.threads());
      this.lowering = new LoweringContext(owner, options, false);
      Weights places = new Weights(lowering, weights.layout());
      this.forward = new ForwardLowering(lowering, places, graph);
      forward.run();
      this.logits =
          lowering.as(
              graph.name(),
              forward.output(graph.logits()),
              lowering.plain(graph.logits().shape(), DType.F32));
      int end = lowering.step().size();
      logits.buffer().usedAt(end);
      List<Long> offsets = lowering.plan().layOut();
      AvailableMemory.require(
          lowering.plan().arenaBytes() + lowering.plan().lastingBytes(), graph.name(), options);
      lowering.plan().take(owner, offsets);
      places.place(weights, null);
      lowering.once().bind();
      lowering.refresh().bind();
      lowering.step().bind();
      lowering.once().run();
    } catch (RuntimeException | Error e) {
      owner.close();
      throw e;
    }
  }

  @Override
  public DType inputType() {
    return lowering.type();
  }

  @Override
  public void run(ByteBuffer images, float[] result) {
    prepare(images, result);
    lowering.step().run();
    logits.floats().get(result);
  }

  /** The same, adding the nanoseconds of each primitive to {@code nanos}; for benchmarks. */
  void run(ByteBuffer images, float[] result, long[] nanos) {
    prepare(images, result);
    lowering.step().run(nanos);
    logits.floats().get(result);
  }

  private void prepare(ByteBuffer images, float[] result) {
    if (owner.closed()) {
      throw new IllegalStateException(
          "the inference program of " + graph.name() + " is closed; compile it again");
    }
    if (result.length != options.batch() * graph.classes()) {
      throw new IllegalArgumentException(
          "expected room for "
              + options.batch()
              + " x "
              + graph.classes()
              + " logits, got "
              + result.length);
    }
    weights.requireOpen();
    NativeLibrary.get().useThreads(options.threads());
    Images.copy(images, forward.output(graph.input()));
    if (stale) {
      lowering.refresh().run();
      stale = false;
    }
  }

  @Override
  public void weightsChanged() {
    stale = true;
  }

  @Override
  public ProgramReport report() {
    return new ProgramReport(
        OneDnnBackend.NAME,
        options.precision(),
        lowering.block(),
        lowering.plan().arenaBytes(),
        lowering.plan().lastingBytes(),
        lowering.step().report());
  }

  @Override
  public void close() {
    owner.close();
  }
}
