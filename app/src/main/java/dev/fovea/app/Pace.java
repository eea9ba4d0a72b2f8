package dev.fovea.app;

import dev.fovea.train.TrainEvent;
import dev.fovea.train.TrainListener;
import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How fast a run goes: images per second now and over the last epoch, and the time left.
 *
 * <p>The time of a step is a running mean, so that a single slow step does not make the estimate
 * jump. The first steps of a process do not count: they warm up.
 */
final class Pace implements TrainListener {
  private static final double NEWEST = 0.05;
  private static final int WARM_UP = 3;

  private final LongSupplier nanos;
  private long totalSteps;
  private int stepsPerEpoch = 1;
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

  Pace() {
    this(System::nanoTime);
  }

  /** With another clock, in nanoseconds. */
  Pace(LongSupplier nanos) {
    this.nanos = nanos;
  }

  @Override
  public void on(TrainEvent event) {
    long now = nanos.getAsLong();
    if (event instanceof TrainEvent.RunStarted e) {
      totalSteps = e.plan().totalSteps();
      stepsPerEpoch = e.plan().stepsPerEpoch();
      step = e.plan().resumedAt();
      lastNanos = now;
    } else if (event instanceof TrainEvent.StepDone e) {
      double seconds = (now - lastNanos) / 1e9;
      step = e.step();
      epochImages += e.images();
      epochSeconds += seconds;
      count(seconds, e.images());
      lastNanos = now;
    } else if (event instanceof TrainEvent.EpochDone) {
      evaluation = (now - lastNanos) / 1e9;
      lastEpochSpeed = epochImages / epochSeconds;
      lastEpochSeconds = epochSeconds + evaluation;
      epochImages = 0;
      epochSeconds = 0;
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

  /** The part of all steps that is done. */
  double fraction() {
    return totalSteps == 0 ? 0 : (double) step / totalSteps;
  }

  /** What is probably left, evaluations included. */
  Duration left() {
    if (Double.isNaN(secondsPerStep)) {
      return Duration.ZERO;
    }
    long steps = totalSteps - step;
    double evaluations = Math.ceil((double) steps / stepsPerEpoch);
    return Duration.ofMillis((long) (1000 * (steps * secondsPerStep + evaluations * evaluation)));
  }
}
