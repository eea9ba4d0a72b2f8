package dev.fovea.eval;

import dev.fovea.api.Api;

/** The result of one image in a batch prediction. */
@Api(Api.Status.STABLE)
public sealed interface Outcome {
  /** The index of the image in the data set. */
  int item();

  /** The image's name in the data set. */
  String name();

  /** The image was classified. */
  @Api(Api.Status.STABLE)
  record Seen(int item, String name, Prediction prediction) implements Outcome {}

  /**
   * The image could not be read.
   *
   * @param reason the error message, which names the image
   */
  @Api(Api.Status.STABLE)
  record Unreadable(int item, String name, String reason) implements Outcome {}
}
