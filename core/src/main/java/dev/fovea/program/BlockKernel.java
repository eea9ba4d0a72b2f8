package dev.fovea.program;

import dev.fovea.graph.ParamSpec;

/**
 * Element-wise arithmetic over parts of parameters; what optimizers are written in.
 *
 * <p>Called from several threads with different blocks; must depend on nothing but its arguments
 * and immutable state, so that the result does not depend on how the work is shared out.
 */
@FunctionalInterface
public interface BlockKernel {
  /**
   * Works on the same elements of several sets.
   *
   * @param spec the parameter that the elements belong to
   * @param blocks blocks[i][0..n) are elements of the i-th set, the writable sets first
   * @param n how many elements
   */
  void apply(ParamSpec spec, float[][] blocks, int n);
}
