package dev.fovea.data.augment;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;

/**
 * RandAugment: a fixed number of random operations of equal magnitude, chosen uniformly from
 * identity, shear, translation, rotation, brightness, color, contrast, sharpness, posterize,
 * solarize, autocontrast and equalize.
 *
 * <p>Maximum magnitudes: shear 0.3, translation 150/331 of the side, rotation 30 degrees, factors 1
 * +- 0.9, 4 bits, threshold 0; linear in between, in 31 steps. Source: Cubuk et al. 2020;
 * operations and magnitudes of torchvision's {@code RandAugment}, with nearest-neighbor sampling
 * and black fill.
 *
 * @param operations N, the number of operations applied in sequence; 2 for ImageNet in the paper
 * @param magnitude M, in 0..30; 9 for ResNet-50 in the paper
 */
public record RandAugment(int operations, int magnitude) implements Augment {
  private static final int MOST = 30;

  /** Checks the ranges. */
  public RandAugment {
    if (operations < 0 || operations > 100 || magnitude < 0 || magnitude > MOST) {
      throw new DataException(
          "RandAugment: expected 0..100 operations of magnitude 0..30, got "
              + operations
              + " of "
              + magnitude);
    }
  }

  /** N = 2, M = 9. */
  public static RandAugment standard() {
    return new RandAugment(2, 9);
  }

  @Override
  public Image apply(Picture picture, Draw draw) {
    Image in = picture.whole();
    Image out = in;
    for (int i = 0; i < operations; i++) {
      Distortion d = Distortion.ALL.get(draw.rng().nextInt(Distortion.ALL.size()));
      out = d.apply(out, magnitude(d, out), draw.rng());
    }
    return out;
  }

  private double magnitude(Distortion d, Image in) {
    double part = magnitude / (double) MOST;
    return switch (d) {
      case SHEAR_X, SHEAR_Y -> 0.3 * part;
      case TRANSLATE_X -> 150.0 / 331 * in.width() * part;
      case TRANSLATE_Y -> 150.0 / 331 * in.height() * part;
      case ROTATE -> 30 * part;
      case BRIGHTNESS, COLOR, CONTRAST, SHARPNESS -> 0.9 * part;
      case POSTERIZE -> 8 - Math.rint(4 * part);
      case SOLARIZE -> 255 * (1 - part);
      case IDENTITY, AUTO_CONTRAST, EQUALIZE -> 0;
    };
  }
}
