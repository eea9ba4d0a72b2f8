package dev.fovea;

import dev.fovea.api.Api;

/**
 * Learns what happens in a {@link Training}. All methods are called on the thread that trains, do
 * nothing by default, and should return quickly.
 *
 * <pre>{@code
 * class Progress implements TrainingListener {
 *   public void epoch(TrainingEpoch epoch) {
 *     System.out.println(epoch.number() + " of " + epoch.of() + ": " + epoch.top1());
 *   }
 * }
 * }</pre>
 */
@Api(Api.Status.STABLE)
public interface TrainingListener {
  /**
   * The run begins or goes on.
   *
   * @param plan what will be done
   */
  default void started(TrainingPlan plan) {}

  /**
   * The weights have moved by a step.
   *
   * @param step counted from 1 over the whole run
   * @param loss mean over the images of the step
   */
  default void step(long step, double loss) {}

  /** All images have been trained on once more, and the network evaluated if it was due. */
  default void epoch(TrainingEpoch epoch) {}

  /** Something the user should know, in a sentence. */
  default void note(String sentence) {}

  /** An image cannot be read and is left out; the reason names it. */
  default void unreadable(String reason) {}

  /** Whether the run should save its state and end now; asked after every step. */
  default boolean stops() {
    return false;
  }
}
