package dev.fovea.finetune;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Chooses the strength of the regularization by cross-validation over training features: every
 * image is answered by classifiers that did not see it, nor its mirror image.
 *
 * @param strength the one with the lowest mean loss
 * @param loss of the images when they were left out
 * @param top1 of the same
 */
record StrengthChoice(double strength, double loss, double top1) {
  /** From strong to weak, so that each fit begins near its end. */
  private static final double[] STRENGTHS = {1, 0.3, 0.1, 0.03, 0.01, 3e-3, 1e-3, 3e-4};

  private static final int FOLDS = 4;
  private static final int ITERATIONS = 60;

  /** Multiplications above which fewer images are used, so that the choice takes seconds. */
  private static final double MOST_PRODUCTS = 4e7;

  /** Chooses. */
  static StrengthChoice of(FeatureSet all, int classes, int threads, BooleanSupplier stop) {
    FeatureSet set = few(all, classes);
    int[] fold = folds(set, classes);
    double[] losses = new double[STRENGTHS.length];
    double[] right = new double[STRENGTHS.length];
    int reached = STRENGTHS.length;
    for (int f = 0; f < FOLDS; f++) {
      FeatureSet others = set.rows(places(fold, f, false));
      FeatureSet own = set.rows(places(fold, f, true));
      if (others.size() == 0) {
        continue;
      }
      SoftmaxRegression regression = new SoftmaxRegression(others, classes, threads);
      double[] at = new double[0];
      double best = Double.POSITIVE_INFINITY;
      for (int s = 0; s < reached; s++) {
        at = regression.fit(STRENGTHS[s], at, ITERATIONS, stop).point();
        double loss = judge(regression.head(at), own, right, s);
        losses[s] += loss;
        best = Math.min(best, loss);
        if (f == 0 && loss > 1.1 * best) {
          // Weaker ones only get worse: the loss is a valley.
          reached = s + 1;
        }
      }
    }
    int best = 0;
    for (int s = 1; s < reached; s++) {
      best = losses[s] < losses[best] ? s : best;
    }
    return new StrengthChoice(STRENGTHS[best], losses[best] / set.size(), right[best] / set.size());
  }

  private static double judge(LinearHead head, FeatureSet own, double[] right, int s) {
    double loss = 0;
    for (int i = 0; i < own.size(); i++) {
      double[] answer = head.answer(own, i);
      int label = own.labels()[i];
      loss -= answer[label];
      double best = Arrays.stream(answer).max().orElseThrow();
      right[s] += answer[label] == best ? 1 : 0;
    }
    return loss;
  }

  private static FeatureSet few(FeatureSet all, int classes) {
    double products = (double) all.size() * all.views() * all.width() * classes;
    int most = (int) Math.max(4.0 * classes, all.size() * MOST_PRODUCTS / products);
    if (most >= all.size()) {
      return all;
    }
    int[] places = new int[most];
    for (int i = 0; i < most; i++) {
      places[i] = (int) ((long) i * all.size() / most);
    }
    return all.rows(places);
  }

  // The images of each class in turn, so that every fold has its share.
  private static int[] folds(FeatureSet set, int classes) {
    int[] seen = new int[classes];
    int[] fold = new int[set.size()];
    for (int i = 0; i < fold.length; i++) {
      int label = set.labels()[i];
      fold[i] = (seen[label]++ + label) % FOLDS;
    }
    return fold;
  }

  private static int[] places(int[] fold, int wanted, boolean in) {
    List<Integer> places = new ArrayList<>();
    for (int i = 0; i < fold.length; i++) {
      if (fold[i] == wanted == in) {
        places.add(i);
      }
    }
    return places.stream().mapToInt(Integer::intValue).toArray();
  }
}
