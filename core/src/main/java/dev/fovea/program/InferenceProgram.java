package dev.fovea.program;

import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;

/**
 * A network compiled for inference at one batch size with given weights; it uses the running
 * statistics and has no auxiliary outputs.
 *
 * <p>Owns its native objects but not the weights. Not safe for use by several threads at once.
 */
public interface InferenceProgram extends AutoCloseable {

  /** The number format in which {@link #run} expects images. */
  DType inputType();

  /**
   * Computes the logits of a batch with the current weights: changes made by {@link
   * ParameterSet#write}, {@link TrainingProgram#forEachBlock} or training steps take effect at the
   * next run.
   *
   * @param images as in {@link TrainingProgram#run}
   * @param logits receives (N, K) row-major
   */
  void run(ByteBuffer images, float[] logits);

  /**
   * As {@link #run}, but also measures every instruction, which costs some time itself. What is
   * computed only once after a change of the weights is not measured.
   *
   * @param nanos as long as the list of instructions in the {@link #report}; the nanoseconds that
   *     each of them takes are added to its element
   */
  void profile(ByteBuffer images, float[] logits, long[] nanos);

  /** A report on the compiled program: memory, instructions and their implementations. */
  ProgramReport report();

  /** Frees all native memory; idempotent. */
  @Override
  void close();
}
