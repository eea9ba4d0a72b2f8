package dev.fovea.data.source;

import dev.fovea.data.image.DataException;
import dev.fovea.tensor.Decimals;
import dev.fovea.tensor.Rng;
import java.util.Arrays;

/** Images of a data set that are drawn at random. */
public final class DrawnImages {
  /** Sets the numbers apart from those of training epochs, whose key is 0 or more. */
  private static final long KEY = -2;

  private DrawnImages() {}

  /**
   * The images at places {@code from} to {@code to} - 1 of a random order of all, in the order of
   * the set; ranges that do not overlap have no image in common. The result owns {@code all} and
   * closes it.
   *
   * @param seed determines the random order
   * @throws DataException if the range is empty or reaches beyond the set
   */
  public static Dataset of(Dataset all, long seed, int from, int to) {
    if (from < 0 || from >= to || to > all.size()) {
      throw new DataException(
          "cannot draw images "
              + from
              + " to "
              + to
              + " of "
              + all.description()
              + ", which has "
              + all.size());
    }
    int[] items =
        Arrays.copyOfRange(Rng.of(seed, KEY, all.size()).permutation(all.size()), from, to);
    Arrays.sort(items);
    return new Subset(all, items, Decimals.count(to - from, "image") + " of " + all.description());
  }
}
