package dev.fovea.study;

import dev.fovea.train.EpochRow;
import java.util.List;

/**
 * One finished run of an arm.
 *
 * @param arm its name
 * @param seed of the run
 * @param classes that it tells apart
 * @param diverged whether the loss stopped being a number; then {@code epochs} may be short
 * @param epochs the rows of {@code metrics.csv}
 * @param imagesPerSecond of training, evaluation left out; 0 if no steps were timed
 * @param observed what its observer saw
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

  /** Validation top-1 of the last epoch in percent; 0 for a run that diverged. */
  public double accuracy() {
    return diverged || epochs.isEmpty()
        ? 0
        : 100 * epochs.get(epochs.size() - 1).evaluated().top1();
  }

  /** Training top-1 of the last epoch in percent; 0 for a run that diverged. */
  public double trainingAccuracy() {
    return diverged || epochs.isEmpty() ? 0 : 100 * epochs.get(epochs.size() - 1).train().top1();
  }

  /** All steps of the run; 0 if it diverged in its first epoch. */
  public double steps() {
    return epochs.isEmpty() ? 0 : epochs.get(epochs.size() - 1).step();
  }

  /** Validation top-1 in percent of the last epoch that ended by this step; 0 before the first. */
  public double accuracyAt(double step) {
    return epochs.stream()
        .filter(e -> e.step() <= step)
        .mapToDouble(e -> 100 * e.evaluated().top1())
        .reduce(0, (before, last) -> last);
  }

  /** Steps until validation top-1 first reached {@code percent}; NaN if never. */
  public double stepsTo(double percent) {
    return epochs.stream()
        .filter(e -> 100 * e.evaluated().top1() >= percent)
        .mapToDouble(EpochRow::step)
        .findFirst()
        .orElse(Double.NaN);
  }
}
