package dev.fovea.logistic;

import java.util.Arrays;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * The images of a cross-validation, by class: each class gives the same part of its images, and
 * these to the folds in turn.
 *
 * <p>An image that is alone in its class is in every fit and answered by none: a classifier that
 * has not seen a class says nothing about the strength of the regularization.
 *
 * @param set the images that take part
 * @param fold of each image, or {@link #ALWAYS}
 */
record Folds(FeatureSet set, int[] fold) {
  /** The number of folds. */
  static final int NUMBER = 4;

  private static final int ALWAYS = -1;

  /**
   * Draws the images.
   *
   * @param most of them, apart from what classes of few images add: up to four of each take part
   */
  static Folds of(FeatureSet all, int classes, int most) {
    int[] images = new int[classes];
    for (int label : all.labels()) {
      images[label]++;
    }
    double part = Math.min(1, (double) most / all.size());
    int[] wanted = new int[classes];
    for (int k = 0; k < classes; k++) {
      wanted[k] = (int) Math.max(Math.min(NUMBER, images[k]), Math.round(images[k] * part));
    }
    int[] met = new int[classes];
    int[] taken = new int[classes];
    int[] places = new int[all.size()];
    int[] fold = new int[all.size()];
    int n = 0;
    for (int i = 0; i < all.size(); i++) {
      int k = all.labels()[i];
      // Evenly spaced within the class.
      if (taken[k] < wanted[k] && met[k] == (long) taken[k] * images[k] / wanted[k]) {
        places[n] = i;
        fold[n++] = images[k] == 1 ? ALWAYS : (taken[k] + k) % NUMBER;
        taken[k]++;
      }
      met[k]++;
    }
    return new Folds(all.rows(Arrays.copyOf(places, n)), Arrays.copyOf(fold, n));
  }

  /** The images that a fold answers. */
  FeatureSet answered(int number) {
    return where(i -> fold[i] == number);
  }

  /** The images that it is fitted to. */
  FeatureSet fitted(int number) {
    return where(i -> fold[i] != number);
  }

  private FeatureSet where(IntPredicate chosen) {
    return set.rows(IntStream.range(0, fold.length).filter(chosen).toArray());
  }
}
