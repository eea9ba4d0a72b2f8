package dev.fovea.bench;

import java.util.List;
import java.util.Locale;

/**
 * The accuracies of runs that differ in their seed alone.
 *
 * @param accuracies as fractions
 */
record SeedSpread(List<Double> accuracies) {
  SeedSpread {
    accuracies = List.copyOf(accuracies);
    if (accuracies.isEmpty()) {
      throw new BenchException("there is no spread without a run; use at least one seed");
    }
  }

  double mean() {
    return accuracies.stream().mapToDouble(a -> a).average().orElseThrow();
  }

  /** The largest less the smallest. */
  double range() {
    return accuracies.stream().mapToDouble(a -> a).max().orElseThrow()
        - accuracies.stream().mapToDouble(a -> a).min().orElseThrow();
  }

  /** The standard deviation, from n - 1; 0 for a single run. */
  double deviation() {
    double mean = mean();
    double squares = accuracies.stream().mapToDouble(a -> (a - mean) * (a - mean)).sum();
    return accuracies.size() == 1 ? 0 : Math.sqrt(squares / (accuracies.size() - 1));
  }

  /** Whether the means differ by no more than the larger of the two ranges. */
  boolean isWithin(SeedSpread other) {
    return Math.abs(mean() - other.mean()) <= Math.max(range(), other.range());
  }

  /** In percent: mean, range and standard deviation. */
  @Override
  public String toString() {
    return String.format(
        Locale.ROOT,
        "%.2f %% (range %.2f, standard deviation %.2f)",
        100 * mean(),
        100 * range(),
        100 * deviation());
  }
}
