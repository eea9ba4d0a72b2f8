package dev.fovea.data.image;

import java.util.List;
import java.util.Locale;

/** Resampling filters, with Pillow's names and formulas. */
public enum Interpolation {
  /** The nearest pixel, without averaging. */
  NEAREST(0),
  /** The mean over the covered area. */
  BOX(0.5),
  /** A triangle filter with a support of one output pixel. */
  BILINEAR(1),
  /** The cubic convolution of Keys with a = -0.5. */
  BICUBIC(2),
  /** A sinc windowed to three lobes. */
  LANCZOS(3);

  /**
   * GoogLeNet's random interpolation draws one of these for each image; its "area" is {@link #BOX}.
   */
  public static final List<Interpolation> INCEPTION = List.of(BILINEAR, NEAREST, BICUBIC, BOX);

  final double support;

  Interpolation(double support) {
    this.support = support;
  }

  /** The filter's weight at distance {@code x}. */
  double weight(double x) {
    return switch (this) {
      case NEAREST, BOX -> x > -0.5 && x <= 0.5 ? 1 : 0;
      case BILINEAR -> Math.max(0, 1 - Math.abs(x));
      case BICUBIC -> cubic(Math.abs(x));
      case LANCZOS -> x >= -3 && x < 3 ? sinc(x) * sinc(x / 3) : 0;
    };
  }

  /** Whether some weights are negative, so that sums may leave 0..255. */
  boolean overshoots() {
    return this == BICUBIC || this == LANCZOS;
  }

  private static double cubic(double x) {
    double a = -0.5;
    if (x < 1) {
      return ((a + 2) * x - (a + 3)) * x * x + 1;
    }
    return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
  }

  private static double sinc(double x) {
    if (x == 0) {
      return 1;
    }
    double t = x * Math.PI;
    return Math.sin(t) / t;
  }

  /**
   * The filter of this name in upper or lower case, for example {@code bilinear}.
   *
   * @throws DataException if there is no such filter
   */
  public static Interpolation parse(String name) {
    for (Interpolation i : values()) {
      if (i.name().equals(name.toUpperCase(Locale.ROOT))) {
        return i;
      }
    }
    throw new DataException(
        "unknown interpolation '"
            + name
            + "'; expected nearest, box, bilinear, bicubic or lanczos");
  }
}
