package dev.fovea.data.augment;

import dev.fovea.data.image.Image;
import dev.fovea.tensor.Rng;
import java.util.List;

/**
 * The operations that {@link RandAugment} and {@link TrivialAugment} choose from. Magnitudes are
 * defined as in torchvision ({@code autoaugment.py}, {@code _apply_op}).
 */
enum Distortion {
  IDENTITY(false),
  SHEAR_X(true),
  SHEAR_Y(true),
  TRANSLATE_X(true),
  TRANSLATE_Y(true),
  ROTATE(true),
  BRIGHTNESS(true),
  COLOR(true),
  CONTRAST(true),
  SHARPNESS(true),
  POSTERIZE(false),
  SOLARIZE(false),
  AUTO_CONTRAST(false),
  EQUALIZE(false);

  /** All of them, in torchvision's order. */
  static final List<Distortion> ALL = List.of(values());

  private final boolean signed;

  Distortion(boolean signed) {
    this.signed = signed;
  }

  /** Whether the magnitude gets a random sign. */
  boolean signed() {
    return signed;
  }

  /**
   * Applies the operation; pixels from outside the image are black.
   *
   * @param m magnitude: slope of a shear, pixels of a translation, degrees of a rotation,
   *     difference of a brightness, color, contrast or sharpness factor from 1, bits kept by
   *     posterize, or threshold of solarize
   */
  Image apply(Image in, double m) {
    return switch (this) {
      case IDENTITY -> in;
      case SHEAR_X -> Affine.shearX(in, m);
      case SHEAR_Y -> Affine.shearY(in, m);
      case TRANSLATE_X -> Affine.translate(in, (int) m, 0);
      case TRANSLATE_Y -> Affine.translate(in, 0, (int) m);
      case ROTATE -> Affine.rotate(in, m);
      case BRIGHTNESS -> ToneCurves.brightness(in, 1 + m);
      case COLOR -> Chroma.saturation(in, 1 + m);
      case CONTRAST -> ToneCurves.contrast(in, 1 + m);
      case SHARPNESS -> Chroma.sharpness(in, 1 + m);
      case POSTERIZE -> ToneCurves.posterize(in, (int) m);
      case SOLARIZE -> ToneCurves.solarize(in, m);
      case AUTO_CONTRAST -> ToneCurves.autocontrast(in);
      case EQUALIZE -> ToneCurves.equalize(in);
    };
  }

  /** {@link #apply(Image, double)}, with a random sign if the operation is signed. */
  Image apply(Image in, double magnitude, Rng rng) {
    return apply(in, signed && rng.nextBoolean() ? -magnitude : magnitude);
  }
}
