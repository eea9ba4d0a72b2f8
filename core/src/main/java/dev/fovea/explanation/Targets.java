package dev.fovea.explanation;

import dev.fovea.eval.Prediction;
import java.util.List;

/** What targets mean for the logits. */
final class Targets {
  private Targets() {}

  /**
   * Checks that a target's classes exist.
   *
   * @throws IllegalArgumentException if one does not
   */
  static void check(ExplanationTarget target, List<String> classes) {
    if (target instanceof ExplanationTarget.OfClass one) {
      check(one.index(), classes);
    } else if (target instanceof ExplanationTarget.Difference two) {
      check(two.index(), classes);
      check(two.versus(), classes);
    }
  }

  private static void check(int index, List<String> classes) {
    if (index < 0 || index >= classes.size()) {
      throw new IllegalArgumentException(
          "there is no class "
              + index
              + "; the model has "
              + classes.size()
              + (classes.size() == 1 ? " class" : " classes")
              + ", numbered from 0");
    }
  }

  /** The target with the best class filled in. */
  static ExplanationTarget resolved(ExplanationTarget target, Prediction prediction) {
    return target instanceof ExplanationTarget.Best
        ? new ExplanationTarget.OfClass(prediction.best().index())
        : target;
  }

  /** The weights of the logits in the score of a resolved target. */
  static float[] weights(ExplanationTarget target, int classes) {
    float[] weights = new float[classes];
    if (target instanceof ExplanationTarget.Difference two) {
      weights[two.index()] = 1;
      weights[two.versus()] = -1;
    } else if (target instanceof ExplanationTarget.OfClass one) {
      weights[one.index()] = 1;
    } else {
      throw new IllegalArgumentException("the best class is not known yet");
    }
    return weights;
  }

  /** The probability of a class, or that of the first of two classes among both. */
  static double probability(ExplanationTarget target, double[] logProbabilities) {
    if (target instanceof ExplanationTarget.Difference two) {
      double against = logProbabilities[two.versus()] - logProbabilities[two.index()];
      return 1 / (1 + StrictMath.exp(against));
    }
    return StrictMath.exp(logProbabilities[((ExplanationTarget.OfClass) target).index()]);
  }
}
