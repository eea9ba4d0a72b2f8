package dev.fovea.program;

import dev.fovea.graph.ParamSpec;

/**
 * An element-wise kernel over blocks of parameters, such as the update rule of an optimizer.
 *
 * <p>Called from several threads with different blocks; must depend only on its arguments and
 * immutable state, so that the result is the same however the work is divided.
 */
@FunctionalInterface
public interface BlockKernel {
  /**
   * Processes the same elements of several parameter sets.
   *
   * @param spec the parameter to which the elements belong
   * @param blocks blocks[i][0..n) are elements of the i-th set, the writable sets first
   * @param n the number of elements
   */
  void apply(ParamSpec spec, float[][] blocks, int n);
}
