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
 * fastai): training steps at rates that grow from step to step, and what the loss makes of it.
 *
 * @param points one for each step, in the order of rates
 */
public record RangeTest(List<Point> points) {
  private static final double SMOOTHING = 0.9;
  private static final double HOPELESS = 4;
  // Steps on either side, as a part of all, that a slope is taken over.
  private static final int REACH = 10;
  private static final int FEWEST = 10;

  /**
   * One step.
   *
   * @param loss of its batch, before the step
   * @param smoothed the losses so far, each with 0.9 times the weight of the next
   */
  public record Point(double rate, double loss, double smoothed) {}

  /** The rates of the first and last step, and how many steps there are. */
  public record Range(double from, double to, int steps) {
    /** Checks the numbers. */
    public Range {
      if (!(from > 0 && to > from && to < Double.POSITIVE_INFINITY) || steps < FEWEST) {
        throw new ConfigException(
            "expected rates 0 < from < to and at least "
                + FEWEST
                + " steps, got "
                + from
                + ", "
                + to
                + " and "
                + steps);
      }
    }

    /** The rate of a step, counted from 0. */
    public double rate(int step) {
      return from * Math.pow(to / from, (double) step / (steps - 1));
    }
  }

  /** Copies the list. */
  public RangeTest {
    points = List.copyOf(points);
  }

  /**
   * Makes the steps, all on images of the network's size; ends early once the smoothed loss is four
   * times its least, or no number.
   *
   * @param onStep told of every step
   * @param stop asked before every step whether to give up
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
        if (smoothed > HOPELESS * least || !stepped(scratch, i, point.rate())) {
          break;
        }
      }
    }
    return new RangeTest(points);
  }

  // False if the gradients are so large that no step can be made with them.
  private static boolean stepped(ScratchRun scratch, int number, double rate) {
    try {
      scratch.phase().updater().step(number, rate);
      return true;
    } catch (OptimException e) {
      return false;
    }
  }

  /**
   * The rate at which the loss falls fastest over the logarithm of the rate: the middle of those
   * neighbouring steps, a fifth of all, whose line of least squares falls most. A trailing average
   * would lag behind, and single differences are noise. Only steps before the least smoothed loss
   * count: what falls later falls from where too high a rate has brought it. Empty if no line
   * falls, or there are too few steps.
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
