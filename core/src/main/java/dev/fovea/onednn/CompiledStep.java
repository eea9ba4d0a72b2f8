package dev.fovea.onednn;

import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.program.Precision;
import dev.fovea.program.ProgramReport;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A step ready to run, and all that a program keeps of its compilation; immutable.
 *
 * @param calls the step itself
 * @param input where the images of a batch go
 * @param inputType their number format
 * @param channelBlock channels that lie side by side in activations
 * @param arenaBytes the block that activations and work areas share
 * @param lastingBytes what lasts besides parameters
 */
record CompiledStep(
    Executable calls,
    List<ProgramReport.Primitive> description,
    ByteBuffer input,
    DType inputType,
    int channelBlock,
    long arenaBytes,
    long lastingBytes) {

  /** Binds the step that was lowered in {@code ctx}, and prepares what is constant. */
  static CompiledStep of(
      LoweringContext ctx, Tensor images, MemoryLayout layout, ProgramMemory memory) {
    ctx.once().bind(memory).run(StepRun.withoutInputs());
    return new CompiledStep(
        ctx.step().bind(memory),
        ctx.step().report(),
        memory.bytes(images),
        ctx.type(),
        ctx.block(),
        layout.arenaBytes(),
        layout.lastingBytes());
  }

  /**
   * What was compiled.
   *
   * @param parameterBytes of the sets that the program owns
   */
  ProgramReport report(Precision precision, long parameterBytes) {
    return new ProgramReport(
        NativeLibrary.NAME,
        precision,
        channelBlock,
        arenaBytes,
        lastingBytes + parameterBytes,
        description);
  }
}
