package dev.fovea.program;

import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * A network compiled for inference at one batch size so that the results of chosen nodes can be
 * read; it fuses nothing and keeps copies, so it is slow and large.
 *
 * <p>Owns its native objects but not the weights. Not safe for use by several threads at once.
 */
public interface ObservingProgram extends AutoCloseable {

  /**
   * Runs the network on a batch.
   *
   * @param images (N, C, H, W) of binary32 in native byte order
   */
  void run(ByteBuffer images);

  /**
   * What a node computed in the last {@link #run}: (N, C, H, W) or (N, F) in binary32; valid until
   * the next run or {@link #close}.
   *
   * @throws IllegalArgumentException if the node is not one of those that are kept
   */
  FloatBuffer value(String node);

  /** Frees all native memory; idempotent. */
  @Override
  void close();
}
