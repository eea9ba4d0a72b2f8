package dev.fovea.logistic;

import java.util.Random;
import java.util.function.IntUnaryOperator;

/** Images of overlapping clouds, with features of which one is a thousand times as large. */
final class Clouds {
  static final int CLASSES = 3;
  static final int WIDTH = 7;

  private Clouds() {}

  /** As many of each class, in turn. */
  static FeatureSet of(int size, int views, long seed) {
    return of(size, views, seed, i -> i % CLASSES);
  }

  /** With the class that {@code label} gives each image. */
  static FeatureSet of(int size, int views, long seed, IntUnaryOperator label) {
    Random random = new Random(seed);
    int[] items = new int[size];
    int[] labels = new int[size];
    float[][] values = new float[size][views * WIDTH];
    for (int i = 0; i < size; i++) {
      items[i] = i;
      labels[i] = label.applyAsInt(i);
      for (int v = 0; v < views * WIDTH; v++) {
        double center = v % WIDTH % CLASSES == labels[i] ? 1 : 0;
        double unit = v % WIDTH == 0 ? 1000 : 1;
        values[i][v] = (float) (unit * (center + random.nextGaussian()));
      }
    }
    return new FeatureSet(WIDTH, views, items, labels, values);
  }
}
