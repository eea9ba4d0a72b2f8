package dev.fovea.study.claims;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The errors of ensembles of several models on the same images under one protocol.
 *
 * @param protocol its name
 * @param views the number of views per image; some may be identical
 * @param images the number of images
 * @param errors top-1 errors in percent of ensembles of 1, 2, ... models
 * @param topFiveErrors top-5 errors in percent of the same ensembles
 * @param wrong for ensembles of 1, 2, ... models, the share of them that is wrong about each image
 */
record Votes(
    String protocol,
    int views,
    int images,
    List<Double> errors,
    List<Double> topFiveErrors,
    List<double[]> wrong) {
  private static final int FIVE = 5;

  Votes {
    errors = List.copyOf(errors);
    topFiveErrors = List.copyOf(topFiveErrors);
    wrong = List.copyOf(wrong);
  }

  /**
   * Counts errors at once, so that the probabilities (gigabytes for a thousand classes) can be
   * released.
   *
   * @param labels the true class of each image
   * @param probabilities [model][image][class], the mean over the views
   */
  static Votes of(
      String protocol, int views, List<Integer> labels, List<List<double[]>> probabilities) {
    Ballots ballots = new Ballots(labels, probabilities);
    List<double[]> wrong = ballots.wrong(1);
    return new Votes(
        protocol,
        views,
        labels.size(),
        Ballots.errors(wrong),
        Ballots.errors(ballots.wrong(FIVE)),
        wrong);
  }

  int models() {
    return errors.size();
  }

  /**
   * Returns the top-1 error in percent of an ensemble of {@code count} models: the mean over all
   * choices of that many models, so that it does not depend on the choice.
   */
  double error(int count) {
    return errors.get(count - 1);
  }

  /** Returns for each image the share of the ensembles of {@code count} models that is wrong. */
  double[] wrong(int count) {
    return wrong.get(count - 1);
  }

  /** Returns the top-5 error in percent, likewise. */
  double topFiveError(int count) {
    return topFiveErrors.get(count - 1);
  }

  /** The class probabilities of all models. */
  private record Ballots(List<Integer> labels, List<List<double[]>> probabilities) {

    static List<Double> errors(List<double[]> wrong) {
      return wrong.stream().map(w -> 100 * Arrays.stream(w).average().orElseThrow()).toList();
    }

    /** Returns, for each number of models, the share of choices of so many that is wrong. */
    List<double[]> wrong(int guesses) {
      return IntStream.rangeClosed(1, probabilities.size())
          .mapToObj(n -> overChoices(n, guesses))
          .toList();
    }

    private double[] overChoices(int count, int guesses) {
      int[] choices =
          IntStream.range(1, 1 << probabilities.size())
              .filter(chosen -> Integer.bitCount(chosen) == count)
              .toArray();
      double[] wrong = new double[labels.size()];
      for (int i = 0; i < wrong.length; i++) {
        int image = i;
        long missed = Arrays.stream(choices).filter(c -> isWrong(c, image, guesses)).count();
        wrong[i] = (double) missed / choices.length;
      }
      return wrong;
    }

    /** Returns whether the class of an image is not among the {@code most} most probable. */
    private boolean isWrong(int chosen, int image, int most) {
      double[] p = together(chosen, image);
      int label = labels.get(image);
      int before = 0;
      for (int k = 0; k < p.length; k++) {
        before += p[k] > p[label] || (p[k] == p[label] && k < label) ? 1 : 0;
      }
      return before >= most;
    }

    /**
     * Returns the summed probabilities of the chosen models, one bit per model; ranks like the
     * mean.
     */
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
