package dev.fovea.study;

import dev.fovea.optim.TrainingLength;
import dev.fovea.train.StepTimes;
import java.util.List;

/**
 * The length of the runs of a study: the same for all arms, so that they are comparable.
 *
 * @param epochs of each run; 0 if every arm keeps its own full length
 * @param fraction the fraction of training and validation images that is used
 * @param seeds the number of runs per arm
 * @param seconds the expected duration of the study; 0 at full length
 */
public record Plan(int epochs, double fraction, int seeds, double seconds) {
  /** With fewer steps, an epoch says more about its batches than about the network. */
  private static final int LEAST_STEPS = 12;

  /** Seconds per run for opening the data, compiling and saving. */
  private static final double OVERHEAD = 4;

  /** Seconds for decoding a small image. */
  private static final double DECODE = 1.5e-4;

  private static final double STEPS = 1000;

  /** An arm and its measured step times. */
  record Timed(Arm arm, StepTimes seconds) {

    /** Returns the seconds per epoch over all images, evaluation included. */
    double epoch(int train, int val) {
      int batch = arm.config().learning().batch();
      return (double) train / batch * seconds.training()
          + (double) val / batch * seconds.inference();
    }

    double fullEpochs(int train) {
      TrainingLength length = arm.config().learning().length();
      double steps = (double) train / arm.config().learning().batch();
      return length.unit() == TrainingLength.Unit.EPOCHS ? length.count() : length.count() / steps;
    }
  }

  /** Returns a plan in which every arm has its own length and uses all images. */
  static Plan full(int seeds) {
    return new Plan(0, 1, seeds, 0);
  }

  /**
   * Returns the longest plan that fits.
   *
   * @param train number of training images
   * @param val number of validation images
   * @param least the number of epochs below which fewer images are used instead
   * @param time seconds for all runs together
   */
  static Plan fitting(List<Timed> arms, int train, int val, int seeds, int least, double time) {
    double perEpoch = seeds * arms.stream().mapToDouble(a -> a.epoch(train, val)).sum();
    double runs = (double) seeds * arms.size();
    double available = Math.max(perEpoch / STEPS, time - runs * OVERHEAD);
    double decoding = runs * DECODE * (train + val);
    double fraction = Math.min(1, available / (least * perEpoch + decoding));
    int batch = arms.stream().mapToInt(a -> a.arm().config().learning().batch()).max().orElse(1);
    double smallest = Math.min(1, (double) LEAST_STEPS * batch / train);
    fraction = Math.max(Math.floor(fraction * STEPS) / STEPS, Math.ceil(smallest * STEPS) / STEPS);
    fraction = Math.min(1, fraction);
    double most = arms.stream().mapToDouble(a -> a.fullEpochs(train)).min().orElse(1);
    double fit = (available - fraction * decoding) / (fraction * perEpoch);
    int epochs = (int) Math.max(2, Math.min(Math.floor(fit), Math.max(least, most)));
    double seconds = runs * OVERHEAD + fraction * (epochs * perEpoch + decoding);
    return new Plan(epochs, fraction, seeds, seconds);
  }

  /** Returns the arm with this length. */
  Arm shorten(Arm arm) {
    return epochs == 0
        ? arm
        : arm.with(
            arm.config()
                .with(TrainingLength.epochs(epochs))
                .with(arm.config().data().withFraction(fraction)));
  }
}
