package dev.fovea.program;

import java.nio.ByteBuffer;

/**
 * A network compiled, at one batch size and in inference mode, to say how its answers depend on
 * what it computed on the way: the gradient of a score with respect to the outputs of chosen nodes
 * and the images. Grad-CAM, integrated gradients and SmoothGrad are built from it.
 *
 * <p>The score of image n is sum_k w_nk · logit_nk with weights given for every run: 1 for one
 * class explains that class, 1 and -1 for two explain their difference. Images do not influence
 * each other, so the gradient at image n is that of its own score.
 *
 * <p>Gradients of parameters are not computed, and the backward pass ends at the lowest chosen
 * node. At kinks the gradient is that of training: 0 for a ReLU at 0, the first maximum for a max
 * pool with several.
 *
 * <p>Owns its native objects but not the weights. Not safe for use by several threads at once.
 */
public interface AttributionProgram extends AutoCloseable {

  /** Images per run, N. */
  int batch();

  /**
   * Forward pass and backward pass with the current weights: changes made by {@link
   * ParameterSet#write} take effect at the next run.
   *
   * @param images (N, C, H, W) of binary32 in planar order and native byte order; direct; read from
   *     position 0
   * @param logitWeights the weights w of the score, (N, K) row-major
   * @param logits receives (N, K) row-major
   */
  void run(ByteBuffer images, float[] logitWeights, float[] logits);

  /**
   * What a node computed in the last {@link #run}.
   *
   * @param node one of those that the program was compiled for
   * @param into receives (N, C, H, W) or (N, F) in planar order
   * @throws IllegalArgumentException if the program does not keep that node, or {@code into} has
   *     another length
   * @throws IllegalStateException before the first run
   */
  void value(String node, float[] into);

  /**
   * The gradient of the score with respect to a node's output in the last {@link #run}; that of the
   * images has the name of the network's {@link dev.fovea.graph.Graph#input}.
   *
   * @param node as for {@link #value}
   * @param into as for {@link #value}
   */
  void gradient(String node, float[] into);

  /** A report on the compiled program: memory, instructions and their implementations. */
  ProgramReport report();

  /** Frees all native memory; idempotent. */
  @Override
  void close();
}
