package dev.fovea.program;

import dev.fovea.graph.ParamSpec;
import java.util.List;

/**
 * One number for every element of a network's parameters: weights, their gradients, an optimizer's
 * velocity, or averaged weights.
 *
 * <p>Stored in the backend's own layout; sets of one program share it, so that they can be walked
 * side by side with {@link TrainingProgram#forEachBlock}. {@link #read} and {@link #write} convert
 * from and to row-major order without loss. Owned by the program that made it, or by whoever got it
 * from {@link Backend#parameters}; using it after close throws {@link IllegalStateException}. Not
 * safe for use by several threads at once.
 */
public interface ParameterSet extends AutoCloseable {

  /** The parameters it holds, in the order of the graph. */
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
   * @throws IllegalArgumentException if there is no such parameter or the length is not its size
   */
  void write(String name, float[] values);

  /** Frees the memory; harmless when repeated. */
  @Override
  void close();
}
