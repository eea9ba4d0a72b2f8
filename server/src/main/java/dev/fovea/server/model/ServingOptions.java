package dev.fovea.server.model;

import dev.fovea.ClassifierOptions;

/**
 * How models are served.
 *
 * @param classifier how each is run; its limit of waiting images is not used
 * @param queue the images that each model may have under way; 0 for what suits its speed, and few
 *     while more come than it answers
 * @param cachedAnswers the number of answers that each model keeps for images that come again; 0
 *     for none
 * @param waitingExplanations the number of explanations that may wait, of all models together
 */
public record ServingOptions(
    ClassifierOptions classifier, int queue, int cachedAnswers, int waitingExplanations) {
  private static final int MOST_EXPLANATIONS = 16;

  /** Checks that the numbers make sense. */
  public ServingOptions {
    if (queue < 0) {
      throw new IllegalArgumentException(
          "the number of images under way must not be negative, got " + queue);
    }
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
    return new ServingOptions(ClassifierOptions.standard(), 0, 0, MOST_EXPLANATIONS);
  }

  /** The same with other options for classifiers. */
  public ServingOptions with(ClassifierOptions other) {
    return new ServingOptions(other, queue, cachedAnswers, waitingExplanations);
  }

  /** The same with this many images that each model may have under way. */
  public ServingOptions withQueue(int images) {
    return new ServingOptions(classifier, images, cachedAnswers, waitingExplanations);
  }

  /** The same with a cache of this many answers for each model. */
  public ServingOptions withCache(int answers) {
    return new ServingOptions(classifier, queue, answers, waitingExplanations);
  }
}
