package dev.fovea.app.run;

import dev.fovea.optim.RunLength;
import dev.fovea.train.RunConfig;
import dev.fovea.train.TrainEvent;
import dev.fovea.train.TrainListener;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * Measures the speed of a run, now and over the last epoch, and estimates the time left.
 *
 * <p>The step time is a running mean, so that a single slow step does not make the estimate jump.
 * The first steps of a process are warm-up and do not count.
 */
public final class RunClock implements TrainListener {
  private static final double NEWEST = 0.05;
  private static final int WARM_UP = 3;

  private final LongSupplier nanos;
  private RunLength length = new RunLength(1, 1);
  private RunConfig.Network network = new RunConfig.Network("", 1, "");
  private int side = 1;
  private int evaluateEvery = 1;
  private long step;
  private int seen;
  private double secondsPerStep = Double.NaN;
  private double imagesPerStep = Double.NaN;
  private double evaluation;
  private long lastNanos;
  private long epochImages;
  private double epochSeconds;
  private double lastEpochSpeed = Double.NaN;
  private double lastEpochSeconds = Double.NaN;

  public RunClock() {
    this(System::nanoTime);
  }

  /** For tests: with a given clock in nanoseconds. */
  RunClock(LongSupplier nanos) {
    this.nanos = nanos;
  }

  @Override
  public void on(TrainEvent event) {
    long now = nanos.getAsLong();
    if (event instanceof TrainEvent.RunStarted e) {
      length = new RunLength(e.plan().stepsPerEpoch(), e.plan().totalSteps());
      network = e.config().network();
      evaluateEvery = e.config().output().evaluateEvery();
      step = e.plan().resumedAt();
      side = side(step / length.stepsPerEpoch());
      lastNanos = now;
    } else if (event instanceof TrainEvent.StepDone e) {
      double seconds = (now - lastNanos) / 1e9;
      step = e.step();
      epochImages += e.images();
      epochSeconds += seconds;
      count(seconds, e.images());
      lastNanos = now;
    } else if (event instanceof TrainEvent.EpochDone e) {
      double since = (now - lastNanos) / 1e9;
      evaluation = e.validation().isPresent() ? since : evaluation;
      lastEpochSpeed = epochImages / epochSeconds;
      lastEpochSeconds = epochSeconds + since;
      epochImages = 0;
      epochSeconds = 0;
      lastNanos = now;
    } else if (event instanceof TrainEvent.Resized e) {
      secondsPerStep *= pixels(e.side()) / pixels(side);
      side = e.side();
      lastNanos = now;
    } else if (event instanceof TrainEvent.PartsFrozen) {
      lastNanos = now;
    } else if (event instanceof TrainEvent.Saved e) {
      // Saving belongs neither to a step nor to the evaluation that it follows.
      lastNanos += e.took().toNanos();
    }
  }

  private void count(double seconds, int images) {
    seen++;
    if (seen <= WARM_UP || Double.isNaN(secondsPerStep)) {
      secondsPerStep = seconds;
      imagesPerStep = images;
      return;
    }
    double weight = Math.max(NEWEST, 1.0 / (seen - WARM_UP + 1));
    secondsPerStep += weight * (seconds - secondsPerStep);
    imagesPerStep += weight * (images - imagesPerStep);
  }

  /** Training images per second now; NaN before the first step. */
  double imagesPerSecond() {
    return imagesPerStep / secondsPerStep;
  }

  /** Training images per second of the last finished epoch. */
  double lastEpochSpeed() {
    return lastEpochSpeed;
  }

  /** Seconds of the last finished epoch, evaluation included. */
  double lastEpochSeconds() {
    return lastEpochSeconds;
  }

  /** The fraction of all steps that is done. */
  double fraction() {
    return (double) step / length.totalSteps();
  }

  /** The estimated time left, including evaluations. */
  Duration left() {
    if (Double.isNaN(secondsPerStep)) {
      return Duration.ZERO;
    }
    double all = Math.ceil((double) length.epochs() / evaluateEvery);
    double evaluations = all - step / length.stepsPerEpoch() / evaluateEvery;
    return Duration.ofMillis(
        (long) (1000 * (stepsLeft() * secondsPerStep + evaluations * evaluation)));
  }

  /** Remaining steps, those at other resolutions weighted by their number of pixels. */
  private double stepsLeft() {
    long left = length.totalSteps() - step;
    long epoch = Math.max(0, step - 1) / length.stepsPerEpoch();
    long ofEpoch = Math.min(left, (epoch + 1) * length.stepsPerEpoch() - step);
    double steps = ofEpoch;
    for (long e = epoch + 1; e < length.epochs(); e++) {
      long n = Math.min(length.stepsPerEpoch(), length.totalSteps() - e * length.stepsPerEpoch());
      steps += n * pixels(side(e)) / pixels(side);
    }
    return steps;
  }

  private int side(long epoch) {
    return network.progressive().side(epoch, length.epochs(), network.input());
  }

  private static double pixels(int side) {
    return (double) side * side;
  }
}
