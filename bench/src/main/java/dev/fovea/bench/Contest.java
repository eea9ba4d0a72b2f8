package dev.fovea.bench;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Lets sides take turns: a warm-up, then rounds in which each has one turn while the others sleep.
 * The order is reversed from round to round, so that drift of the machine favors no side.
 *
 * @param batch images per step
 * @param rounds measured turns per side
 * @param turnSeconds target duration of a turn
 */
record Contest(int batch, int rounds, double turnSeconds) {
  private static final int WARM_UP_STEPS = 3;

  /** One side's speed divided by another's, per round: median, smallest and largest. */
  record Ratio(double median, double lowest, double highest) {}

  /**
   * The result of all rounds.
   *
   * @param speeds images per second, by side in the order given, then by round
   */
  record Outcome(List<List<Double>> speeds) {

    /** A side's images per second, the median over the rounds. */
    double speed(int side) {
      return median(speeds.get(side));
    }

    /** The ratio of one side to another. */
    Ratio ratio(int side, int other) {
      List<Double> ratios =
          IntStream.range(0, speeds.get(side).size())
              .mapToObj(round -> speeds.get(side).get(round) / speeds.get(other).get(round))
              .sorted()
              .toList();
      return new Ratio(median(ratios), ratios.get(0), ratios.get(ratios.size() - 1));
    }

    /** The fastest side among those from {@code first} on. */
    int fastest(int first) {
      return IntStream.range(first, speeds.size())
          .boxed()
          .max(Comparator.comparingDouble(this::speed))
          .orElseThrow();
    }
  }

  /** Runs all rounds. */
  Outcome among(List<Side> sides) {
    List<Integer> steps = sides.stream().map(this::warmUp).toList();
    List<List<Double>> speeds = new ArrayList<>();
    sides.forEach(side -> speeds.add(new ArrayList<>()));
    for (int round = 0; round < rounds; round++) {
      for (int place = 0; place < sides.size(); place++) {
        int side = round % 2 == 0 ? place : sides.size() - 1 - place;
        speeds.get(side).add(turn(sides.get(side), steps.get(side)));
      }
    }
    return new Outcome(speeds);
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

  static double median(List<Double> values) {
    List<Double> sorted = values.stream().sorted().toList();
    int middle = sorted.size() / 2;
    return sorted.size() % 2 == 1
        ? sorted.get(middle)
        : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
  }
}
