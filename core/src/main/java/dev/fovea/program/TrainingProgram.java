package dev.fovea.program;

import dev.fovea.graph.ParamSpec;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Predicate;

/**
 * A network compiled for training at one batch size: forward and backward pass over buffers that
 * were all taken when it was compiled.
 *
 * <p>It owns every native object it made and all its parameter sets; {@link #close} frees them. Not
 * safe for use by several threads at once; one thread after the other is fine.
 */
public interface TrainingProgram extends AutoCloseable {

  /** Master weights and running statistics, in binary32. */
  ParameterSet weights();

  /** Gradients of the parameters that are trained, after the last {@link #run}. */
  ParameterSet gradients();

  /** The number format that {@link #run} expects images in. */
  DType inputType();

  /**
   * Forward pass with batch statistics, loss, and backward pass; updates running statistics and
   * gradients, not the weights.
   *
   * @param images (N, C, H, W) in planar order and native byte order, {@link #inputType} elements;
   *     direct; read from position 0
   * @param targets (N, K) row-major distributions over the classes
   * @param dropoutSeed decides the dropout masks; pass a function of run seed and step
   */
  StepResult run(ByteBuffer images, float[] targets, long dropoutSeed);

  /**
   * Forward pass alone, with batch statistics that the running ones are moved towards: (1 - part)
   * old + part new. With part 1, 1/2, 1/3, ... they become the mean over the batches: the
   * population statistics of Ioffe and Szegedy 2015, algorithm 2.
   *
   * @param images as for {@link #run}
   * @param dropoutSeed likewise
   * @param part instead of the momentum of the batch norms
   */
  void observe(ByteBuffer images, long dropoutSeed, double part);

  /**
   * A zero-filled set in the layout of the weights, for those parameters that {@code wanted} holds
   * for.
   */
  ParameterSet allocate(Predicate<ParamSpec> wanted);

  /**
   * Runs a kernel over all parameters that every listed set holds, block by block, on all threads.
   *
   * @param writable sets whose blocks are stored back after the kernel
   * @param readOnly sets that are only read; they follow the writable ones in the kernel's blocks
   */
  void forEachBlock(List<ParameterSet> writable, List<ParameterSet> readOnly, BlockKernel kernel);

  /** The Euclidean norm over all gradients, summed in a fixed order. */
  double gradientNorm();

  /** The Euclidean norm of one parameter's values in a set of this program, likewise. */
  double norm(ParameterSet set, ParamSpec parameter);

  /** What was compiled: memory, primitives and their implementations. */
  ProgramReport report();

  /** Frees all native memory; harmless when repeated. */
  @Override
  void close();
}
