package dev.fovea.train;

import dev.fovea.optim.TrainingLength;
import java.util.Locale;
import java.util.function.LongToDoubleFunction;

/**
 * How many epochs fit into the time limit of a run. The number of epochs is the only result that
 * depends on measurements; it is stored with the run.
 *
 * @param time the time limit
 * @param epochs that fit, at least one
 * @param seconds that they are expected to take, evaluations included
 */
record EpochBudget(TrainingLength time, TrainingLength epochs, double seconds) {
  // Updates, saving and a margin for a busy machine; see decision 0018.
  private static final double OVERHEAD = 1.05;

  /**
   * Fits as many epochs as possible into the time limit.
   *
   * @param setup whose length is in minutes
   * @param report with timings of all stages of the run
   */
  static EpochBudget fit(TrainingSetup setup, Preflight.Report report) {
    int every = setup.config().output().evaluateEvery();
    LongToDoubleFunction seconds =
        n ->
            setup.stages(n).entrySet().stream()
                    .mapToDouble(e -> e.getValue() * report.epoch(e.getKey()))
                    .sum()
                + Math.ceil((double) n / every) * report.evaluation();
    TrainingLength time = setup.length();
    TrainingLength fitting = epochs(time, seconds);
    int most = setup.config().learning().mostEpochs();
    TrainingLength epochs =
        most > 0 && fitting.count() > most ? TrainingLength.epochs(most) : fitting;
    return new EpochBudget(time, epochs, seconds.applyAsDouble((long) epochs.count()));
  }

  /**
   * Returns the largest whole number of epochs that fits into {@code time}, at least one.
   *
   * @param seconds the duration of a run by its number of epochs, increasing
   */
  static TrainingLength epochs(TrainingLength time, LongToDoubleFunction seconds) {
    double limit = time.count() * 60 / OVERHEAD;
    long fits = 1;
    long tooMany = 2;
    while (seconds.applyAsDouble(tooMany) <= limit) {
      fits = tooMany;
      tooMany *= 2;
    }
    while (tooMany - fits > 1) {
      long middle = (fits + tooMany) / 2;
      if (seconds.applyAsDouble(middle) <= limit) {
        fits = middle;
      } else {
        tooMany = middle;
      }
    }
    return TrainingLength.epochs(fits);
  }

  /** Returns a budget of another number of epochs, with the time that one takes in this one. */
  EpochBudget with(long count) {
    return new EpochBudget(time, TrainingLength.epochs(count), seconds / epochs.count() * count);
  }

  /** Returns a note for the user. */
  String note() {
    return String.format(
        Locale.ROOT,
        "%s fit into %s: one epoch takes about %.0f s on this machine",
        epochs.words(),
        time.words(),
        seconds / epochs.count());
  }
}
