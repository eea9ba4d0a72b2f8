package dev.fovea.server.model;

import java.util.List;

/**
 * What a model has done since the server started, over all its versions. Everything is counted in
 * images, not in requests.
 *
 * @param lastAnswer milliseconds since 1970; 0 if there was none
 * @param answered images with an answer, and the time from the question to it
 * @param failed images without one, whatever the reason
 * @param waiting the images that were computed, and how long they waited for their turn
 * @param decoding the same images, and how long they were decoded, resized and normalized
 * @param computing the same images, and the network's time for their batches, counted per image
 * @param cacheHits answers from the cache
 * @param cacheMisses images that were looked for in the cache in vain
 * @param batches the steps of the network by the number of their images, ascending
 */
public record ModelStatistics(
    long lastAnswer,
    Count answered,
    Count failed,
    Count waiting,
    Count decoding,
    Count computing,
    long cacheHits,
    long cacheMisses,
    List<Batches> batches) {

  /** A number of events and the time that they took together. */
  public record Count(long count, long nanos) {}

  /**
   * The steps of the network with this many images.
   *
   * @param nanos of the network, for all these steps together
   */
  public record Batches(int images, long steps, long nanos) {}

  /** The number of steps of the network. */
  public long steps() {
    return batches.stream().mapToLong(Batches::steps).sum();
  }
}
