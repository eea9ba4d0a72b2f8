package dev.fovea.study.claims;

import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * How often several models were wrong about the same images under one protocol.
 *
 * @param protocol its name
 * @param views of an image that count; some may be equal
 * @param images how many there were
 * @param errors top-1 in percent of 1, 2, ... models together
 * @param topFiveErrors the same for the five most probable classes
 */
record Votes(
    String protocol, int views, int images, List<Double> errors, List<Double> topFiveErrors) {
  private static final int FIVE = 5;

  Votes {
    errors = List.copyOf(errors);
    topFiveErrors = List.copyOf(topFiveErrors);
  }

  /**
   * Counts, so that the probabilities themselves, gigabytes for a thousand classes, can be dropped.
   *
   * @param labels the true class of each image
   * @param probabilities [model][image][class], the mean over the views
   */
  static Votes of(
      String protocol, int views, List<Integer> labels, List<List<double[]>> probabilities) {
    Ballots ballots = new Ballots(labels, probabilities);
    return new Votes(protocol, views, labels.size(), ballots.errors(1), ballots.errors(FIVE));
  }

  int models() {
    return errors.size();
  }

  /**
   * Top-1 error in percent of {@code count} models together, the mean over all choices of so many:
   * a single one says more of which it is than of how many.
   */
  double error(int count) {
    return errors.get(count - 1);
  }

  /** The same for the five most probable classes. */
  double topFiveError(int count) {
    return topFiveErrors.get(count - 1);
  }

  /** The answers themselves. */
  private record Ballots(List<Integer> labels, List<List<double[]>> probabilities) {

    List<Double> errors(int guesses) {
      return IntStream.rangeClosed(1, probabilities.size())
          .mapToObj(n -> 100 * overChoices(n, chosen -> wrong(chosen, guesses)))
          .toList();
    }

    private double overChoices(int count, IntToDoubleFunction number) {
      return IntStream.range(1, 1 << probabilities.size())
          .filter(chosen -> Integer.bitCount(chosen) == count)
          .mapToDouble(number)
          .average()
          .orElseThrow();
    }

    /** The part of the images whose class is not among the first {@code most}. */
    private double wrong(int chosen, int most) {
      int wrong = 0;
      for (int i = 0; i < labels.size(); i++) {
        double[] p = together(chosen, i);
        int label = labels.get(i);
        int before = 0;
        for (int k = 0; k < p.length; k++) {
          before += p[k] > p[label] || (p[k] == p[label] && k < label) ? 1 : 0;
        }
        wrong += before >= most ? 1 : 0;
      }
      return (double) wrong / labels.size();
    }

    /** The sum over the chosen models, a bit for each; in the order of their mean. */
    private double[] together(int chosen, int image) {
      double[] sum = new double[probabilities.get(0).get(image).length];
      for (int m = 0; m < probabilities.size(); m++) {
        if ((chosen >> m & 1) == 1) {
          double[] p = probabilities.get(m).get(image);
          for (int k = 0; k < sum.length; k++) {
            sum[k] += p[k];
          }
        }
      }
      return sum;
    }
  }
}
