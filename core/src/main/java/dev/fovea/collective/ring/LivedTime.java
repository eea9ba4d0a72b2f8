package dev.fovea.collective.ring;

/**
 * Milliseconds in which this process was running. Time in which it was stopped, or its machine
 * slept, counts as one step at most: whoever wakes up must not take others for dead because it was
 * itself not there to hear them.
 */
final class LivedTime {
  private final long longestStep;
  private long before = System.nanoTime();
  private long nanos;

  /**
   * Starts at 0.
   *
   * @param longestStep the most that one {@link #tick} counts, in ms
   */
  LivedTime(long longestStep) {
    this.longestStep = longestStep * 1_000_000;
  }

  /** Counts the time since the tick before. */
  long tick() {
    return count(longestStep);
  }

  /**
   * Counts the time since the tick before in full, after a call that may take long although this
   * process runs: the lookup of a name. Deadlines would never come if it counted as one step.
   */
  void tickInFull() {
    count(Long.MAX_VALUE);
  }

  private long count(long mostNanos) {
    long now = System.nanoTime();
    nanos += Math.min(now - before, mostNanos);
    before = now;
    return millis();
  }

  long millis() {
    return nanos / 1_000_000;
  }
}
