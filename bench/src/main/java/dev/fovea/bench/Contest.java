package dev.fovea.bench;

import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * Lets two sides take turns: a warm-up, then rounds in which each has one turn while the other
 * sleeps. The order alternates between rounds, so that drift of the machine favors neither side.
 *
 * @param batch images per step
 * @param rounds measured turns per side
 * @param turnSeconds target duration of a turn
 */
record Contest(int batch, int rounds, double turnSeconds) {
  private static final int WARM_UP_STEPS = 3;

  /**
   * The results of two sides after all rounds, in images per second; {@code ratio} is the median of
   * the ratios of the rounds.
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

  /** Runs all rounds with one side alone; returns images per second. */
  double alone(Side side) {
    int steps = warmUp(side);
    return median(IntStream.range(0, rounds).mapToDouble(round -> turn(side, steps)).toArray());
  }

  /** Warms up a side; returns the number of steps that fill a turn. */
  private int warmUp(Side side) {
    side.run(WARM_UP_STEPS);
    double perStep = side.run(1);
    int steps = (int) Math.max(1, Math.ceil(turnSeconds / perStep));
    double seconds = side.run(steps);
    side.rest();
    return (int) Math.max(1, Math.round(steps * turnSeconds / seconds));
  }

  /** Runs one turn; returns images per second. */
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
