package dev.fovea.data.augment;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import dev.fovea.tensor.Rng;

/**
 * Changes brightness, contrast, saturation and hue by random amounts in random order.
 *
 * <p>The factors are uniform in [max(0, 1 - x), 1 + x], the hue rotation in [-hue, hue]; a
 * parameter of 0 skips its step. Contrast blends with the mean gray level, saturation with the gray
 * image, as in fb.resnet.torch. Every step rounds to bytes. Sources: Howard 2013; torchvision's
 * {@code ColorJitter} on Pillow images.
 *
 * @param brightness at least 0; 0.4 in fb.resnet.torch
 * @param contrast likewise
 * @param saturation likewise
 * @param hue in [0, 0.5], as a fraction of the color circle
 */
public record ColorJitter(double brightness, double contrast, double saturation, double hue)
    implements Augment {
  private static final int KINDS = 4;

  /** Checks the ranges. */
  public ColorJitter {
    if (!(brightness >= 0 && contrast >= 0 && saturation >= 0 && hue >= 0 && hue <= 0.5)
        || !Double.isFinite(brightness + contrast + saturation)) {
      throw new DataException(
          "color jitter: brightness, contrast and saturation must be at least 0 and hue in [0,"
              + " 0.5], got "
              + brightness
              + ", "
              + contrast
              + ", "
              + saturation
              + " and "
              + hue);
    }
  }

  @Override
  public Image apply(Picture picture, Draw draw) {
    Image in = picture.whole();
    Rng rng = draw.rng();
    Image out = in;
    for (int kind : rng.permutation(KINDS)) {
      out =
          switch (kind) {
            case 0 -> brightness == 0 ? out : ToneCurves.brightness(out, factor(brightness, rng));
            case 1 -> contrast == 0 ? out : ToneCurves.contrast(out, factor(contrast, rng));
            case 2 -> saturation == 0 ? out : Chroma.saturation(out, factor(saturation, rng));
            default -> hue == 0 ? out : Chroma.hue(out, rng.nextDouble(-hue, hue));
          };
    }
    return out;
  }

  private static double factor(double range, Rng rng) {
    return rng.nextDouble(Math.max(0, 1 - range), 1 + range);
  }
}
