package dev.fovea.onednn;

import dev.fovea.onednn.binding.NativeLibrary;
import dev.fovea.program.Precision;
import dev.fovea.program.ProgramReport;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A step ready to run: everything that a program keeps from its compilation; immutable.
 *
 * @param calls the instructions of the step
 * @param input the buffer for the images of a batch
 * @param inputType the number format of the images
 * @param channelBlock channels per block in the layout of activations
 * @param arenaBytes size of the arena that activations and scratchpads share
 * @param persistentBytes size of persistent memory other than parameters
 */
record CompiledStep(
    Executable calls,
    List<ProgramReport.Primitive> description,
    ByteBuffer input,
    DType inputType,
    int channelBlock,
    long arenaBytes,
    long persistentBytes) {

  /** Binds the step that was lowered in {@code ctx}, and computes its constants. */
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
        layout.persistentBytes());
  }

  /**
   * Describes the compiled program.
   *
   * @param parameterBytes size of the parameter sets that the program owns
   */
  ProgramReport report(Precision precision, long parameterBytes) {
    return new ProgramReport(
        NativeLibrary.NAME,
        precision,
        channelBlock,
        arenaBytes,
        persistentBytes + parameterBytes,
        description);
  }
}
