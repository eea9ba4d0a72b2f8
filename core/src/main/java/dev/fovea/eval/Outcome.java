package dev.fovea.eval;

/** What became of one image of many. */
public sealed interface Outcome {
  /** The image's place in the data set. */
  int item();

  /** The image's name in the data set. */
  String name();

  /** The network has answered. */
  record Seen(int item, String name, Prediction prediction) implements Outcome {}

  /**
   * The image could not be read.
   *
   * @param reason names the image
   */
  record Unreadable(int item, String name, String reason) implements Outcome {}
}
