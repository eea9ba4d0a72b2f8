package dev.fovea;

import dev.fovea.api.Api;
import java.time.Duration;

/**
 * Hears of every batch that a classifier computes, for figures about a server: {@link
 * ClassifierOptions#listener}. Called by the thread that runs the network, which waits for it.
 *
 * <pre>{@code
 * ClassifierOptions options =
 *     ClassifierOptions.standard()
 *         .listener((images, decoding, computing) -> System.out.println(images + " together"));
 * }</pre>
 */
@Api(Api.Status.EXPERIMENTAL)
@FunctionalInterface
public interface InferenceListener {
  /**
   * A batch has been computed.
   *
   * @param images the number of images that the network was run with
   * @param decoding the time in which the images of the batch were decoded and resized
   * @param computing the time of the network
   */
  void computed(int images, Duration decoding, Duration computing);
}
