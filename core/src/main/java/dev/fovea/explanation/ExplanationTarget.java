package dev.fovea.explanation;

import dev.fovea.api.Api;

/**
 * What is explained: a class's logit, the network's value before softmax, or the difference of two.
 *
 * <pre>{@code
 * ExplanationTarget target = new ExplanationTarget.Difference(3, 5);
 * System.out.println(target);
 * }</pre>
 */
@Api(Api.Status.EXPERIMENTAL)
public sealed interface ExplanationTarget {
  /** The most probable class. */
  record Best() implements ExplanationTarget {}

  /**
   * A class.
   *
   * @param index its place among the model's classes, from 0
   */
  record OfClass(int index) implements ExplanationTarget {}

  /**
   * Why one class rather than another: the logit of the first minus that of the second.
   *
   * @param index the class that positive values speak for
   * @param versus the class that negative values speak for
   */
  record Difference(int index, int versus) implements ExplanationTarget {
    /** Checks that the classes differ. */
    public Difference {
      if (index == versus) {
        throw new IllegalArgumentException(
            "a difference needs two classes, got class " + index + " twice");
      }
    }
  }
}
