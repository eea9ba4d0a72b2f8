package dev.fovea.eval;

/** What became of one picture of many. */
public sealed interface Outcome {
  /** The picture's place in the data set. */
  int item();

  /** The picture's name in the data set. */
  String name();

  /** The network has answered. */
  record Seen(int item, String name, Prediction prediction) implements Outcome {}

  /**
   * The picture could not be read.
   *
   * @param reason names the picture
   */
  record Unreadable(int item, String name, String reason) implements Outcome {}
}
