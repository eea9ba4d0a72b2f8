package dev.fovea.logistic;

import java.util.Arrays;

/**
 * Labeled images as vectors of features: one vector for each view of each image.
 *
 * <p>Every image has an array of its own, which subsets share, so that no array grows with the
 * number of images and nothing is held twice.
 *
 * @param width features per view
 * @param views of each image: the center and, if there are two, its mirror image
 * @param items the number of each image in its data set, ascending; unreadable ones are missing
 * @param labels the class of each image
 * @param values of each image (view, feature), row-major; not changed
 */
public record FeatureSet(int width, int views, int[] items, int[] labels, float[][] values) {
  /** A set of single views with consecutive numbers. */
  public static FeatureSet of(float[][] values, int[] labels) {
    int[] items = new int[labels.length];
    Arrays.setAll(items, i -> i);
    return new FeatureSet(values[0].length, 1, items, labels, values);
  }

  /** The number of images. */
  public int size() {
    return items.length;
  }

  /** Counts those of these numbers in the data set that are here. */
  public int count(int[] numbers) {
    int n = 0;
    for (int number : numbers) {
      n += Arrays.binarySearch(items, number) >= 0 ? 1 : 0;
    }
    return n;
  }

  /** The images that are among {@code chosen}, a set of numbers in the data set. */
  public FeatureSet among(int[] chosen) {
    int[] sorted = chosen.clone();
    Arrays.sort(sorted);
    int[] kept = new int[items.length];
    int n = 0;
    for (int i = 0; i < items.length; i++) {
      if (Arrays.binarySearch(sorted, items[i]) >= 0) {
        kept[n++] = i;
      }
    }
    return rows(Arrays.copyOf(kept, n));
  }

  /** The images at these places in this set. */
  public FeatureSet rows(int[] places) {
    int[] numbers = new int[places.length];
    int[] classes = new int[places.length];
    float[][] some = new float[places.length][];
    for (int k = 0; k < places.length; k++) {
      numbers[k] = items[places[k]];
      classes[k] = labels[places[k]];
      some[k] = values[places[k]];
    }
    return new FeatureSet(width, views, numbers, classes, some);
  }
}
