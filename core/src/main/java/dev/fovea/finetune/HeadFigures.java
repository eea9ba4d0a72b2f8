package dev.fovea.finetune;

/**
 * What the first stage found.
 *
 * @param strength of the L2 regularization
 * @param crossValidatedTop1 of training images by heads that did not see them; a fraction
 * @param heldBackTop1 of the held-back images by the head that the second stage begins with, which
 *     did not see them; a fraction
 * @param heldBackLoss mean loss of the same
 * @param dataSeconds that the check of the data took
 * @param featureSeconds that reading the trunk and computing features took
 * @param fitSeconds that fitting took
 */
public record HeadFigures(
    double strength,
    double crossValidatedTop1,
    double heldBackTop1,
    double heldBackLoss,
    double dataSeconds,
    double featureSeconds,
    double fitSeconds) {
  /** The seconds up to the first answer. */
  public double seconds() {
    return dataSeconds + featureSeconds + fitSeconds;
  }
}
