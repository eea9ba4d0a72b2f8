package dev.fovea.finetune;

import java.util.Arrays;

/**
 * What a trunk sees in labeled images: one vector of features for each view of each image.
 *
 * @param width features per view
 * @param views of each image: the center and, if there are two, its mirror image
 * @param items the number of each image in its data set, ascending; unreadable ones are missing
 * @param labels the class of each image
 * @param values (image, view, feature), row-major
 */
record FeatureSet(int width, int views, int[] items, int[] labels, float[] values) {
  /** The number of images. */
  int size() {
    return items.length;
  }

  /** The place in {@link #values} where a view begins. */
  int at(int image, int view) {
    return (image * views + view) * width;
  }

  /** Counts those of these numbers in the data set that are here. */
  int count(int[] numbers) {
    int n = 0;
    for (int number : numbers) {
      n += Arrays.binarySearch(items, number) >= 0 ? 1 : 0;
    }
    return n;
  }

  /** The images that are among {@code chosen}, a set of numbers in the data set. */
  FeatureSet among(int[] chosen) {
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
  FeatureSet rows(int[] places) {
    int row = views * width;
    float[] some = new float[places.length * row];
    int[] numbers = new int[places.length];
    int[] classes = new int[places.length];
    for (int k = 0; k < places.length; k++) {
      System.arraycopy(values, places[k] * row, some, k * row, row);
      numbers[k] = items[places[k]];
      classes[k] = labels[places[k]];
    }
    return new FeatureSet(width, views, numbers, classes, some);
  }
}
