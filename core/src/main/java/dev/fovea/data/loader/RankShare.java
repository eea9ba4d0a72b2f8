package dev.fovea.data.loader;

import dev.fovea.data.image.DataException;

/**
 * What one of several ranks loads of a data set: in training, the {@code rank}-th part of every
 * batch, which are as long as the loader's batches; in evaluation, the batches {@code rank}, {@code
 * rank} + {@code ranks}, ... whole.
 *
 * @param rank from 0
 * @param ranks their number
 */
public record RankShare(int rank, int ranks) {
  /** All images: those of the only rank. */
  public static final RankShare ALL = new RankShare(0, 1);

  /** Checks that there is such a rank. */
  public RankShare {
    if (rank < 0 || rank >= ranks) {
      throw new DataException(
          "of " + ranks + " ranks, 0 to " + (ranks - 1) + " load images; got rank " + rank);
    }
  }

  /**
   * Numbers a rank's part of something that is counted over all ranks, from 0; the same as {@code
   * number} on the only rank.
   */
  public long part(long number) {
    return number * ranks + rank;
  }
}
