package dev.fovea.explanation;

import dev.fovea.tensor.SplitMix64;
import java.util.Arrays;
import java.util.stream.IntStream;

/** The pixels of a map, those with the largest values first; equal ones in an arbitrary order. */
final class PixelOrder {
  private PixelOrder() {}

  /**
   * The pixels' indices in that order.
   *
   * @param seed decides about equal values, so that a map of zeros is not taken from top to bottom
   */
  static int[] of(HeatMap map, long seed) {
    float[] values = map.values();
    Integer[] order = IntStream.range(0, values.length).boxed().toArray(Integer[]::new);
    Arrays.sort(
        order,
        (i, j) -> {
          int byValue = Float.compare(values[j] + 0f, values[i] + 0f);
          return byValue != 0
              ? byValue
              : Long.compare(SplitMix64.number(seed, i), SplitMix64.number(seed, j));
        });
    return Arrays.stream(order).mapToInt(Integer::intValue).toArray();
  }
}
