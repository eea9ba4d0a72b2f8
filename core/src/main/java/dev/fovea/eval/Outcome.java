package dev.fovea.eval;

import dev.fovea.api.Api;

/**
 * The result of one image in a batch prediction.
 *
 * <pre>{@code
 * for (Outcome outcome : classifier.predictEach(List.of(Path.of("a.jpg"), Path.of("b.jpg")))) {
 *   if (outcome instanceof Outcome.Seen seen) {
 *     System.out.println(seen.name() + ": " + seen.prediction().best());
 *   } else if (outcome instanceof Outcome.Unreadable unreadable) {
 *     System.err.println(unreadable.reason());
 *   }
 * }
 * }</pre>
 */
@Api(Api.Status.STABLE)
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
