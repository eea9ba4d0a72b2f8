package dev.fovea.program;

import dev.fovea.graph.ParamSpec;
import dev.fovea.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.List;
import java.util.function.Predicate;

/**
 * A network compiled for training at one batch size: forward and backward pass over buffers that
 * were all allocated at compilation.
 *
 * <p>It owns all its native objects and parameter sets; {@link #close} frees them. Not safe for
 * concurrent use; different threads may use it one after another.
 */
public interface TrainingProgram extends AutoCloseable {

  /** Master weights and running statistics, in binary32. */
  ParameterSet weights();

  /** Gradients of the trained parameters, as computed by the last {@link #run}. */
  ParameterSet gradients();

  /** The number format in which {@link #run} expects images. */
  DType inputType();

  /**
   * Forward pass with batch statistics, loss, and backward pass; updates running statistics and
   * gradients, not the weights.
   *
   * @param images (N, C, H, W) in planar order and native byte order, {@link #inputType} elements;
   *     direct; read from position 0
   * @param targets (N, K) row-major distributions over the classes
   * @param dropoutSeed determines the dropout masks; derive it from the run's seed and the step
   * @param exchange is told of each of the {@link #gradientBuckets} as soon as it is complete, and
   *     is asked for the sums that the step itself needs; called on this thread
   */
  StepResult run(ByteBuffer images, float[] targets, long dropoutSeed, StepExchange exchange);

  /** Does the same on one rank alone. */
  default StepResult run(ByteBuffer images, float[] targets, long dropoutSeed) {
    return run(images, targets, dropoutSeed, StepExchange.NONE);
  }

  /**
   * The memory of all {@link #gradients}, cut into pieces in the order in which the backward pass
   * completes them; live, direct, in native byte order. Layout and padding are the same for every
   * program that was compiled alike; padding is zero.
   */
  List<FloatBuffer> gradientBuckets();

  /**
   * The memory of those running statistics among the {@link #weights} that {@link #run} changes, in
   * a fixed order; live, direct, in native byte order. They may be written until the next run.
   */
  List<FloatBuffer> runningStatistics();

  /**
   * As {@link #run}, but also measures every instruction, which costs some time itself.
   *
   * @param nanos as long as the list of instructions in the {@link #report}; the nanoseconds that
   *     each of them takes are added to its element
   */
  StepResult profile(ByteBuffer images, float[] targets, long dropoutSeed, long[] nanos);

  /**
   * Forward pass only, which updates the running statistics: (1 - part) old + part batch. With part
   * 1, 1/2, 1/3, ... they become the mean over the batches: the population statistics of Ioffe and
   * Szegedy 2015, algorithm 2.
   *
   * @param images as for {@link #run}
   * @param dropoutSeed as for {@link #run}
   * @param part replaces the momentum of the batch norms
   * @param exchange is asked for the sums that the forward pass needs
   */
  void observe(ByteBuffer images, long dropoutSeed, double part, StepExchange exchange);

  /** Does the same on one rank alone. */
  default void observe(ByteBuffer images, long dropoutSeed, double part) {
    observe(images, dropoutSeed, part, StepExchange.NONE);
  }

  /**
   * A zero-filled set in the layout of the weights, holding the parameters that {@code wanted}
   * accepts; owned by this program.
   */
  ParameterSet allocate(Predicate<ParamSpec> wanted);

  /**
   * Runs a kernel, block by block and on all threads, over the parameters present in every listed
   * set.
   *
   * @param writable sets whose blocks are written back after the kernel
   * @param readOnly sets that are only read; their blocks follow those of the writable sets
   */
  void forEachBlock(List<ParameterSet> writable, List<ParameterSet> readOnly, BlockKernel kernel);

  /**
   * Products of matrices on all threads of the program, one at a time; the same operands give the
   * same bits as long as the number of threads is the same.
   */
  MatrixProduct products();

  /** The Euclidean norm of all gradients together, summed in a fixed order. */
  double gradientNorm();

  /**
   * The Euclidean norm of one parameter's values in a set of this program, summed in a fixed order.
   */
  double norm(ParameterSet set, ParamSpec parameter);

  /** A report on the compiled program: memory, instructions and their implementations. */
  ProgramReport report();

  /** Frees all native memory; idempotent. */
  @Override
  void close();
}
