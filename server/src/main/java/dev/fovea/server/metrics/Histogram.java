package dev.fovea.server.metrics;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/** Counts values between fixed bounds. Safe for any number of threads, which hardly meet in it. */
public final class Histogram {
  /** Bounds in seconds for what people wait for: 1 ms to 30 s. */
  public static final List<Double> SECONDS =
      List.of(
          0.001, 0.0025, 0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 1.0, 2.5,
          5.0, 10.0, 30.0);

  private final List<Double> bounds;
  private final List<LongAdder> counts = new ArrayList<>();
  private final DoubleAdder sum = new DoubleAdder();

  /**
   * What has been counted at a moment.
   *
   * @param counts values up to each bound and above the one before; the last, those above all
   */
  public record Snapshot(List<Double> bounds, List<Long> counts, double sum) {
    /** How many values there were. */
    public long count() {
      return counts.stream().mapToLong(c -> c).sum();
    }
  }

  /**
   * Makes an empty histogram.
   *
   * @param bounds ascending
   */
  public Histogram(List<Double> bounds) {
    this.bounds = List.copyOf(bounds);
    for (int i = 0; i <= bounds.size(); i++) {
      counts.add(new LongAdder());
    }
  }

  /** Counts a value. */
  public void add(double value) {
    int i = 0;
    while (i < bounds.size() && value > bounds.get(i)) {
      i++;
    }
    counts.get(i).increment();
    sum.add(value);
  }

  /** What has been counted so far. */
  public Snapshot snapshot() {
    return new Snapshot(bounds, counts.stream().map(LongAdder::sum).toList(), sum.sum());
  }
}
