package dev.fovea.finetune;

/**
 * What the first stage found.
 *
 * @param strength of the L2 regularization
 * @param crossValidatedTop1 of training images by heads that did not see them; a fraction
 * @param heldBackTop1 of the held-back images by the head that the second stage begins with, which
 *     did not see them; a fraction
 * @param heldBackLoss mean loss of the same
 * @param dataSeconds that reading the trunk and checking the data took
 * @param featureSeconds that computing features took
 * @param fitSeconds that fitting took
 * @param secondsPerView that the features of one view took, reading and decoding included
 * @param views of each training image that heads are fitted to
 */
public record HeadFigures(
    double strength,
    double crossValidatedTop1,
    double heldBackTop1,
    double heldBackLoss,
    double dataSeconds,
    double featureSeconds,
    double fitSeconds,
    double secondsPerView,
    int views) {
  /** The seconds up to the first answer. */
  public double seconds() {
    return dataSeconds + featureSeconds + fitSeconds;
  }
}
