package dev.fovea.study;

import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * What several models answered to the same pictures under one protocol.
 *
 * @param protocol its name
 * @param views of a picture that count; some may be equal
 * @param labels the true class of each picture
 * @param probabilities [model][picture][class], the mean over the views
 */
record Votes(String protocol, int views, List<Integer> labels, List<List<double[]>> probabilities) {
  private static final int FIVE = 5;

  Votes {
    labels = List.copyOf(labels);
    probabilities = probabilities.stream().map(List::copyOf).toList();
  }

  int models() {
    return probabilities.size();
  }

  /**
   * Top-1 error in percent of {@code count} models together, the mean over all choices of so many:
   * a single one says more of which it is than of how many.
   */
  double error(int count) {
    return 100 * overChoices(count, chosen -> wrong(chosen, 1));
  }

  /** The same for the five most probable classes. */
  double topFiveError(int count) {
    return 100 * overChoices(count, chosen -> wrong(chosen, FIVE));
  }

  private double overChoices(int count, ToDoubleFunction<Integer> number) {
    double sum = 0;
    int choices = 0;
    for (int chosen = 1; chosen < 1 << models(); chosen++) {
      if (Integer.bitCount(chosen) == count) {
        sum += number.applyAsDouble(chosen);
        choices++;
      }
    }
    return sum / choices;
  }

  /** The part of the pictures whose class is not among the first {@code most}. */
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
  private double[] together(int chosen, int picture) {
    double[] sum = new double[probabilities.get(0).get(picture).length];
    for (int m = 0; m < models(); m++) {
      if ((chosen >> m & 1) == 1) {
        double[] p = probabilities.get(m).get(picture);
        for (int k = 0; k < sum.length; k++) {
          sum[k] += p[k];
        }
      }
    }
    return sum;
  }
}
