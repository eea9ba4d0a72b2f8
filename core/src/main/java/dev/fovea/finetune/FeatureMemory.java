package dev.fovea.finetune;

import dev.fovea.data.loader.Crops;
import dev.fovea.logistic.LogisticRegression;
import dev.fovea.train.ConfigException;
import java.util.Locale;
import java.util.Optional;

/**
 * The Java heap that the first stage needs: the features of all images stay in it until the last
 * layer is fitted.
 *
 * @param train images
 * @param val images
 * @param width features of a view
 * @param classes of the new last layer
 */
record FeatureMemory(int train, int val, int width, int classes) {
  /** What reading images and the rest of the program take. */
  private static final long REST = 64L << 20;

  // An array's header, and what an image has beside its features.
  private static final int PER_IMAGE = 40;

  /**
   * Returns the views of each training image that fit: the center with its mirror image, or the
   * center alone.
   *
   * @param heap the most bytes that Java may use
   * @throws ConfigException if not even that fits
   */
  Crops crops(long heap) {
    if (bytes(2) <= heap) {
      return Crops.FLIP;
    } else if (bytes(1) <= heap) {
      return Crops.SINGLE;
    }
    double fraction = Math.floor(100.0 * (heap - fixed(1)) / images(1)) / 100;
    throw new ConfigException(
        describe()
            + " need "
            + binary(bytes(1))
            + " of Java heap even without mirror images, and Java may use "
            + binary(heap)
            + " (-Xmx). Start Java with -Xmx"
            + gibibytes(1)
            + "g"
            + (fraction > 0
                ? String.format(
                    Locale.ROOT, ", or use a part of the images (data.fraction %.2f)", fraction)
                : ", or use a network with fewer features before its last layer"));
  }

  /** Says that mirror images are left out, if they are. */
  Optional<String> note(long heap) {
    return crops(heap) == Crops.FLIP
        ? Optional.empty()
        : Optional.of(
            describe()
                + " and of mirror images need "
                + binary(bytes(2))
                + " of Java heap, and Java may use "
                + binary(heap)
                + " (-Xmx): the last layer is fitted without mirror images; with -Xmx"
                + gibibytes(2)
                + "g or more it would see them");
  }

  private String describe() {
    return String.format(
        Locale.ROOT,
        "the features of %,d training and %,d validation images, %,d numbers each,",
        train,
        val,
        width);
  }

  /** The bytes for this many views of each training image. */
  long bytes(int views) {
    return images(views) + fixed(views);
  }

  private long images(int views) {
    return (long) train * row(views) + (long) val * row(1);
  }

  private long row(int views) {
    return (long) Float.BYTES * views * width + PER_IMAGE;
  }

  // A portion is written from one array, and read through a buffer into another.
  private long fixed(int views) {
    long portion = Math.min(Math.max(train, val), 2L * FeatureExtraction.PORTION) * row(views);
    return REST + 2 * portion + LogisticRegression.bytes(width, classes);
  }

  private long gibibytes(int views) {
    return (bytes(views) + (1L << 30) - 1) >> 30;
  }

  private static String binary(long bytes) {
    return bytes < 1L << 30
        ? String.format(Locale.ROOT, "%.0f MiB", bytes / (double) (1 << 20))
        : String.format(Locale.ROOT, "%.2f GiB", bytes / (double) (1 << 30));
  }
}
