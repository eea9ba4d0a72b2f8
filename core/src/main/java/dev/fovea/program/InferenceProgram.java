package dev.fovea.program;

import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;

/**
 * A network compiled for inference at one batch size over given weights, with population statistics
 * and without auxiliary outputs.
 *
 * <p>Owns its native objects but not the weights. Not safe for use by several threads at once.
 */
public interface InferenceProgram extends AutoCloseable {

  /** The number format that {@link #run} expects images in. */
  DType inputType();

  /**
   * Logits of a batch, with the weights as they are now: changes by {@link ParameterSet#write}, by
   * {@link TrainingProgram#forEachBlock} and by training steps count from the next run on.
   *
   * @param images as in {@link TrainingProgram#run}
   * @param logits receives (N, K) row-major
   */
  void run(ByteBuffer images, float[] logits);

  /** What was compiled: memory, primitives and their implementations. */
  ProgramReport report();

  /** Frees all native memory; harmless when repeated. */
  @Override
  void close();
}
