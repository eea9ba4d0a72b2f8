package dev.fovea.study;

import dev.fovea.train.EpochRow;
import java.util.List;

/**
 * One finished run of an arm.
 *
 * @param arm the name of the arm
 * @param seed of the run
 * @param classes the number of classes
 * @param diverged whether training diverged; then {@code epochs} may be incomplete
 * @param epochs the evaluated rows of {@code metrics.csv}
 * @param imagesPerSecond training throughput without evaluation; 0 if no steps were timed
 * @param observed the series recorded by its observer
 */
public record TrainedRun(
    String arm,
    long seed,
    int classes,
    boolean diverged,
    List<EpochRow> epochs,
    double imagesPerSecond,
    List<Series> observed) {

  /** Copies the lists. */
  public TrainedRun {
    epochs = List.copyOf(epochs);
    observed = List.copyOf(observed);
  }

  /** Returns the validation top-1 of the last epoch in percent; 0 for a diverged run. */
  public double accuracy() {
    return diverged || epochs.isEmpty()
        ? 0
        : 100 * epochs.get(epochs.size() - 1).evaluated().top1();
  }

  /** Returns the training top-1 of the last epoch in percent; 0 for a diverged run. */
  public double trainingAccuracy() {
    return diverged || epochs.isEmpty() ? 0 : 100 * epochs.get(epochs.size() - 1).train().top1();
  }

  /** Returns the total steps of the run; 0 if it diverged in its first epoch. */
  public double steps() {
    return epochs.isEmpty() ? 0 : epochs.get(epochs.size() - 1).step();
  }

  /**
   * Returns the validation top-1 in percent of the last epoch ended by this step; 0 before the
   * first.
   */
  public double accuracyAt(double step) {
    return epochs.stream()
        .filter(e -> e.step() <= step)
        .mapToDouble(e -> 100 * e.evaluated().top1())
        .reduce(0, (before, last) -> last);
  }

  /** Returns the steps until validation top-1 first reached {@code percent}; NaN if never. */
  public double stepsTo(double percent) {
    return epochs.stream()
        .filter(e -> 100 * e.evaluated().top1() >= percent)
        .mapToDouble(EpochRow::step)
        .findFirst()
        .orElse(Double.NaN);
  }
}
