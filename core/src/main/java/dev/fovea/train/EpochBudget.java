package dev.fovea.train;

import dev.fovea.optim.TrainingLength;
import java.util.Locale;
import java.util.function.LongToDoubleFunction;

/**
 * How many epochs fit into the time that a run is given. Only this number depends on what was
 * measured; it is stored with the run.
 *
 * @param time that was given
 * @param epochs that fit into it, at least one
 * @param seconds that they take, evaluations included
 */
record EpochBudget(TrainingLength time, TrainingLength epochs, double seconds) {
  // Updates, saving and room for a busy machine; decision 0018 says what came of it.
  private static final double OVERHEAD = 1.05;

  /**
   * The epochs that fit.
   *
   * @param config whose length is a time
   * @param report of all sizes of its images
   * @param full the side of images that evaluations see
   */
  static EpochBudget fit(RunConfig config, Preflight.Report report, int full) {
    ProgressiveResizing resizing = config.network().progressive();
    int every = config.output().evaluateEvery();
    LongToDoubleFunction seconds =
        n ->
            resizing.cost(0, n, full, report::epoch)
                + Math.ceil((double) n / every) * report.evaluation();
    TrainingLength time = config.learning().length();
    TrainingLength epochs = epochs(time, seconds);
    return new EpochBudget(time, epochs, seconds.applyAsDouble((long) epochs.count()));
  }

  /**
   * As many whole epochs as fit into {@code time}, at least one.
   *
   * @param seconds of a run of so many epochs, growing with them
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

  /** What the user should know of it. */
  String note() {
    return String.format(
        Locale.ROOT,
        "%s fit into %s: one takes about %.0f s here",
        epochs.words(),
        time.words(),
        seconds / epochs.count());
  }
}
