package dev.fovea.eval;

/** The result of one image in a batch prediction. */
public sealed interface Outcome {
  /** The index of the image in the data set. */
  int item();

  /** The image's name in the data set. */
  String name();

  /** The image was classified. */
  record Seen(int item, String name, Prediction prediction) implements Outcome {}

  /**
   * The image could not be read.
   *
   * @param reason the error message, which names the image
   */
  record Unreadable(int item, String name, String reason) implements Outcome {}
}
