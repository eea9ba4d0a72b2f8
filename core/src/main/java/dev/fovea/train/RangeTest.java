package dev.fovea.train;

import dev.fovea.optim.OptimException;
import dev.fovea.program.Backend;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * The learning rate range test (Smith 2015, arXiv 1506.01186, section 3.3; exponential as in
 * fastai): training steps at exponentially increasing rates, and the resulting losses.
 *
 * @param points one per step, by increasing rate
 */
public record RangeTest(List<Point> points) {
  private static final double SMOOTHING = 0.9;
  private static final double HOPELESS = 4;
  // A slope is fitted over one tenth of the steps on either side.
  private static final int REACH = 10;
  private static final int FEWEST = 10;

  /**
   * One step.
   *
   * @param loss of the batch, before the step
   * @param smoothed bias-corrected exponential moving average of the losses, with decay 0.9
   */
  public record Point(double rate, double loss, double smoothed) {}

  /** The rates of the first and last step, and the number of steps. */
  public record Range(double from, double to, int steps) {
    /** Checks the ranges. */
    public Range {
      if (!(from > 0 && to > from && to < Double.POSITIVE_INFINITY) || steps < FEWEST) {
        throw new ConfigException(
            "the range test expects rates 0 < from < to and at least "
                + FEWEST
                + " steps, got "
                + from
                + ", "
                + to
                + " and "
                + steps);
      }
    }

    /** Returns the rate of a step, counted from 0. */
    public double rate(int step) {
      return from * Math.pow(to / from, (double) step / (steps - 1));
    }
  }

  /** Copies the list. */
  public RangeTest {
    points = List.copyOf(points);
  }

  /**
   * Performs the steps, all at the network's input size; ends early once the smoothed loss exceeds
   * four times its minimum or is not finite.
   *
   * @param onStep receives every step
   * @param stop checked before every step; true ends the test
   */
  public static RangeTest run(
      RunConfig config,
      Backend backend,
      Range range,
      Consumer<Point> onStep,
      BooleanSupplier stop) {
    List<Point> points = new ArrayList<>();
    double average = 0;
    double least = Double.POSITIVE_INFINITY;
    RunConfig oneSize = config.with("network.progressive", "none");
    try (ScratchRun scratch = ScratchRun.open(oneSize, backend)) {
      for (int i = 0; i < range.steps() && !stop.getAsBoolean(); i++) {
        double loss = scratch.gradients(i);
        average = SMOOTHING * average + (1 - SMOOTHING) * loss;
        double smoothed = average / (1 - Math.pow(SMOOTHING, i + 1));
        if (!Double.isFinite(smoothed)) {
          break;
        }
        Point point = new Point(range.rate(i), loss, smoothed);
        points.add(point);
        onStep.accept(point);
        least = Math.min(least, smoothed);
        if (smoothed > HOPELESS * least || !step(scratch, i, point.rate())) {
          break;
        }
      }
    }
    return new RangeTest(points);
  }

  // False if the gradients are not finite.
  private static boolean step(ScratchRun scratch, int number, double rate) {
    try {
      scratch.phase().updater().step(number, rate);
      return true;
    } catch (OptimException e) {
      return false;
    }
  }

  /**
   * Returns the rate at which the loss falls fastest with respect to the logarithm of the rate: the
   * center of the window, a fifth of all steps, with the steepest negative least-squares slope. A
   * trailing average would lag behind, and single differences are noise. Only steps before the
   * minimum of the smoothed loss count, because later drops only recover from too high a rate.
   * Empty if no slope is negative, or there are too few steps.
   */
  public OptionalDouble suggestion() {
    int reach = Math.max(2, points.size() / REACH);
    double steepest = 0;
    OptionalDouble rate = OptionalDouble.empty();
    int end = Math.min(lowest(), points.size() - 1 - reach);
    for (int i = reach; i <= end && points.size() >= FEWEST; i++) {
      double slope = slope(points.subList(i - reach, i + reach + 1));
      if (slope < steepest) {
        steepest = slope;
        rate = OptionalDouble.of(points.get(i).rate());
      }
    }
    return rate;
  }

  private int lowest() {
    int lowest = 0;
    for (int i = 1; i < points.size(); i++) {
      lowest = points.get(i).smoothed() < points.get(lowest).smoothed() ? i : lowest;
    }
    return lowest;
  }

  private static double slope(List<Point> some) {
    double meanX = some.stream().mapToDouble(p -> Math.log(p.rate())).average().orElseThrow();
    double meanY = some.stream().mapToDouble(Point::loss).average().orElseThrow();
    double xy = 0;
    double xx = 0;
    for (Point p : some) {
      double x = Math.log(p.rate()) - meanX;
      xy += x * (p.loss() - meanY);
      xx += x * x;
    }
    return xy / xx;
  }
}
