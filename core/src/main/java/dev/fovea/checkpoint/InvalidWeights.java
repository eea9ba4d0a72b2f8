package dev.fovea.checkpoint;

import dev.fovea.graph.ParamSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Finds values that no network can compute with: NaN and infinity, as a diverged training run
 * leaves them in its weights, and variances below zero, whose square root is NaN.
 */
public final class InvalidWeights {
  private InvalidWeights() {}

  /**
   * Describes the invalid values of a tensor, for example {@code 'conv1.weight' holds 3 values that
   * are NaN or infinite, of 432, the first at [0, 0, 2, 1]}; empty if all its values are valid.
   *
   * @param role decides whether values below zero are valid
   * @param values row-major
   * @param shape outermost dimension first
   */
  public static Optional<String> in(
      String name, ParamSpec.Role role, float[] values, List<Long> shape) {
    boolean variance = role == ParamSpec.Role.RUNNING_VAR;
    int count = 0;
    int first = -1;
    for (int i = 0; i < values.length; i++) {
      if (!Float.isFinite(values[i]) || variance && values[i] < 0) {
        count++;
        first = first < 0 ? i : first;
      }
    }
    if (count == 0) {
      return Optional.empty();
    }
    return Optional.of(
        "the tensor '"
            + name
            + "' holds "
            + (count == 1 ? "a value that is" : count + " values that are")
            + (variance ? " NaN, infinite or below zero, of " : " NaN or infinite, of ")
            + values.length
            + ", "
            + (count == 1 ? "at " : "the first at ")
            + index(first, shape));
  }

  private static List<Long> index(long element, List<Long> shape) {
    List<Long> index = new ArrayList<>();
    long rest = element;
    for (int d = shape.size() - 1; d >= 0; d--) {
      index.add(0, rest % shape.get(d));
      rest /= shape.get(d);
    }
    return index;
  }
}
