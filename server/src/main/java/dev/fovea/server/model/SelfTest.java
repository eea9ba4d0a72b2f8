package dev.fovea.server.model;

import dev.fovea.Classifier;
import dev.fovea.data.image.Image;
import dev.fovea.eval.Prediction;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * What a model must do before it answers anybody: classify fixed images with finite probabilities
 * that sum to 1, the same ones when asked again, and the same ones whatever they are computed
 * together with.
 */
final class SelfTest {
  private static final int IMAGES = 20;
  private static final int SIDE = 96;
  private static final double ROUNDING = 1e-6;

  private SelfTest() {}

  /**
   * Tests a model.
   *
   * @throws IllegalStateException if it fails, saying in what
   */
  static void check(Classifier model) {
    List<Image> images = images();
    List<Prediction> together = model.predict(images);
    for (int i = 0; i < images.size(); i++) {
      double sum = 0;
      for (double p : together.get(i).probabilities()) {
        sum += p;
      }
      if (!(Math.abs(sum - 1) < ROUNDING)) {
        throw new IllegalStateException(
            "its probabilities for a test image sum to "
                + sum
                + ", not to 1; the weights are damaged or overflow in "
                + model.numberFormat());
      }
    }
    if (!model.predict(images).equals(together)) {
      throw new IllegalStateException(
          "it answers the same test images differently when asked again");
    }
    for (int i = 0; i < 2; i++) {
      if (!model.predict(images.get(i)).equals(together.get(i))) {
        throw new IllegalStateException(
            "it answers a test image differently alone and together with others");
      }
    }
  }

  /** Noise, a ramp and a plain surface of gray, in many versions and two sizes. */
  private static List<Image> images() {
    Random random = new Random(16);
    List<Image> all = new ArrayList<>();
    for (int i = 0; i < IMAGES; i++) {
      int width = i % 2 == 0 ? SIDE : 2 * SIDE;
      byte[] rgb = new byte[width * SIDE * Image.CHANNELS];
      for (int k = 0; k < rgb.length; k++) {
        rgb[k] =
            switch (i % 3) {
              case 0 -> (byte) random.nextInt(256);
              case 1 -> (byte) (k * 255L / rgb.length);
              default -> (byte) (i * 12);
            };
      }
      all.add(new Image(width, SIDE, rgb));
    }
    return all;
  }
}
