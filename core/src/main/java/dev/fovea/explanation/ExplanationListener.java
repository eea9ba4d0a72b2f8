package dev.fovea.explanation;

import dev.fovea.api.Api;

/**
 * Follows explanations while they are computed, on the thread that asked for them.
 *
 * <pre>{@code
 * class Printing implements ExplanationListener {
 *   @Override
 *   public void explained(Explanation explanation) {
 *     System.out.println(explanation.name() + ": " + explanation.subject());
 *   }
 * }
 * }</pre>
 */
@Api(Api.Status.EXPERIMENTAL)
public interface ExplanationListener {
  /** Receives one image's explanation, in the order of the images; keeping it is up to it. */
  default void explained(Explanation explanation) {}

  /**
   * Told after every batch.
   *
   * @param done images that went through the network, copies with noise and the like included
   * @param of how many there will be
   */
  default void progress(long done, long of) {}

  /** Whether to stop: asked before every batch; the call then ends with a CancellationException. */
  default boolean stops() {
    return false;
  }
}
