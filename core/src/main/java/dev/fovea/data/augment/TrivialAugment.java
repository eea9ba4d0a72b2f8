package dev.fovea.data.augment;

import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;

/**
 * TrivialAugment: one random operation of random magnitude, without parameters. Uses the operations
 * of {@link RandAugment} over wider ranges.
 *
 * <p>Maximum magnitudes: shear 0.99, translation 32 pixels, rotation 135 degrees, factors 1 +-
 * 0.99, 2 bits, threshold 0; uniform over 31 steps. Source: Mueller and Hutter 2021, the wide
 * space, as torchvision's {@code TrivialAugmentWide}.
 */
public record TrivialAugment() implements Augment {
  private static final int STEPS = 31;

  @Override
  public Image apply(Picture picture, Draw draw) {
    Image in = picture.whole();
    Distortion d = Distortion.ALL.get(draw.rng().nextInt(Distortion.ALL.size()));
    double part = draw.rng().nextInt(STEPS) / (STEPS - 1.0);
    double magnitude =
        switch (d) {
          case SHEAR_X, SHEAR_Y, BRIGHTNESS, COLOR, CONTRAST, SHARPNESS -> 0.99 * part;
          case TRANSLATE_X, TRANSLATE_Y -> 32 * part;
          case ROTATE -> 135 * part;
          case POSTERIZE -> 8 - Math.rint(6 * part);
          case SOLARIZE -> 255 * (1 - part);
          case IDENTITY, AUTO_CONTRAST, EQUALIZE -> 0;
        };
    return d.apply(in, magnitude, draw.rng());
  }
}
