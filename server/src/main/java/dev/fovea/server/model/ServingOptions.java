package dev.fovea.server.model;

import dev.fovea.ClassifierOptions;

/**
 * How models are served.
 *
 * @param classifier how each is run; {@code waiting} limits the images that one model has waiting
 * @param cachedAnswers the number of answers that each model keeps for images that come again; 0
 *     for none
 * @param waitingExplanations the number of explanations that may wait, of all models together
 */
public record ServingOptions(
    ClassifierOptions classifier, int cachedAnswers, int waitingExplanations) {
  private static final int MOST_EXPLANATIONS = 16;

  /** Checks that the numbers make sense. */
  public ServingOptions {
    if (cachedAnswers < 0) {
      throw new IllegalArgumentException(
          "the number of cached answers must not be negative, got " + cachedAnswers);
    }
    if (waitingExplanations < 1) {
      throw new IllegalArgumentException(
          "at least 1 explanation must be allowed to wait, got " + waitingExplanations);
    }
  }

  /** No cache, 16 waiting explanations, and the classifier's standard options. */
  public static ServingOptions standard() {
    return new ServingOptions(ClassifierOptions.standard(), 0, MOST_EXPLANATIONS);
  }

  /** The same with other options for classifiers. */
  public ServingOptions with(ClassifierOptions other) {
    return new ServingOptions(other, cachedAnswers, waitingExplanations);
  }

  /** The same with a cache of this many answers for each model. */
  public ServingOptions withCache(int answers) {
    return new ServingOptions(classifier, answers, waitingExplanations);
  }
}
