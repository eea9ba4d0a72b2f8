package dev.fovea.bench.load;

import java.util.Arrays;

/** Times in nanoseconds, all of them kept. One thread at a time. */
public final class Latencies {
  private long[] values = new long[1024];
  private int count;
  private boolean sorted;

  /** None yet. */
  public Latencies() {}

  void add(long nanos) {
    if (count == values.length) {
      values = Arrays.copyOf(values, 2 * count);
    }
    values[count++] = nanos;
    sorted = false;
  }

  void addAll(Latencies more) {
    for (int i = 0; i < more.count; i++) {
      add(more.values[i]);
    }
  }

  /** How many there are. */
  public int count() {
    return count;
  }

  /**
   * The smallest time that this share of all does not exceed, in milliseconds; NaN if there is
   * none.
   *
   * @param share 0.5 for the median, 1 for the longest
   */
  public double millis(double share) {
    if (count == 0) {
      return Double.NaN;
    }
    if (!sorted) {
      Arrays.sort(values, 0, count);
      sorted = true;
    }
    int place = (int) Math.ceil(share * count) - 1;
    return values[Math.max(0, place)] / 1e6;
  }

  /** How many are longer. */
  public int above(double millis) {
    int above = 0;
    for (int i = 0; i < count; i++) {
      above += values[i] > millis * 1e6 ? 1 : 0;
    }
    return above;
  }
}
