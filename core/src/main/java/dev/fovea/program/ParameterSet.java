package dev.fovea.program;

import dev.fovea.graph.ParamSpec;
import java.util.List;

/**
 * One value for every element of a network's parameters: weights, gradients, an optimizer's
 * momentum buffer, or averaged weights.
 *
 * <p>Stored in the backend's own layout, which all sets of a program share, so that {@link
 * TrainingProgram#forEachBlock} can process them side by side. {@link #read} and {@link #write}
 * convert to and from row-major order without loss. Owned by the program that made it, or by the
 * caller of {@link Backend#parameters}; using it after close throws {@link IllegalStateException}.
 * Not safe for use by several threads at once.
 */
public interface ParameterSet extends AutoCloseable {

  /** The parameters in this set, in graph order. */
  List<ParamSpec> specs();

  /**
   * A copy of one parameter's values in row-major order.
   *
   * @throws IllegalArgumentException if there is no such parameter
   */
  float[] read(String name);

  /**
   * Overwrites one parameter's values, given in row-major order.
   *
   * @throws IllegalArgumentException if there is no such parameter or the number of values is wrong
   */
  void write(String name, float[] values);

  /** Frees the memory; idempotent. */
  @Override
  void close();
}
