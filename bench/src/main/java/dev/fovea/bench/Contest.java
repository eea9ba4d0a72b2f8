package dev.fovea.bench;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Lets two sides take turns: warm-up, then rounds in which each has one turn while the other one
 * sleeps. Who begins changes from round to round, so that a drift of the machine favours nobody.
 *
 * @param batch images per step
 * @param rounds turns of each side that count
 * @param turnSeconds how long a turn should last at least
 */
record Contest(int batch, int rounds, double turnSeconds) {
  private static final int WARM_UP_STEPS = 3;

  /**
   * The figures of two sides after all rounds; {@code ratio} is the median of the rounds' ratios.
   */
  record Outcome(double first, double second, double ratio, double lowest, double highest) {}

  /** Runs all rounds. */
  Outcome between(Side first, Side second) {
    int firstSteps = warmUp(first);
    int secondSteps = warmUp(second);
    double[] ours = new double[rounds];
    double[] theirs = new double[rounds];
    double[] ratios = new double[rounds];
    for (int round = 0; round < rounds; round++) {
      if (round % 2 == 0) {
        ours[round] = turn(first, firstSteps);
        theirs[round] = turn(second, secondSteps);
      } else {
        theirs[round] = turn(second, secondSteps);
        ours[round] = turn(first, firstSteps);
      }
      ratios[round] = ours[round] / theirs[round];
    }
    return new Outcome(
        median(ours),
        median(theirs),
        median(ratios),
        Arrays.stream(ratios).min().orElseThrow(),
        Arrays.stream(ratios).max().orElseThrow());
  }

  /** Runs all rounds of one side alone; images per second. */
  double alone(Side side) {
    int steps = warmUp(side);
    return median(IntStream.range(0, rounds).mapToDouble(round -> turn(side, steps)).toArray());
  }

  /** Runs until steps have their usual speed; the number of steps that fill a turn. */
  private int warmUp(Side side) {
    side.run(WARM_UP_STEPS);
    double perStep = side.run(1);
    int steps = (int) Math.max(1, Math.ceil(turnSeconds / perStep));
    double seconds = side.run(steps);
    side.rest();
    return (int) Math.max(1, Math.round(steps * turnSeconds / seconds));
  }

  /** One turn; images per second. */
  private double turn(Side side, int steps) {
    double seconds = side.run(steps);
    side.rest();
    return steps * batch / seconds;
  }

  static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int middle = sorted.length / 2;
    return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
}
