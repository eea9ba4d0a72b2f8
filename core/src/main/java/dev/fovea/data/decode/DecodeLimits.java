package dev.fovea.data.decode;

import dev.fovea.data.image.DataException;

/**
 * What an image may cost before it is refused, and whether cameras' rotation flags are obeyed.
 *
 * @param maxPixels most pixels (width x height) of an image, checked from the header before memory
 *     is taken
 * @param maxBytes most bytes of an encoded file or archive member
 * @param applyOrientation whether the orientation in EXIF or XMP data is applied, so that the image
 *     is seen as a viewer shows it; {@code false} gives Pillow's {@code convert("RGB")}, which
 *     ignores it
 */
public record DecodeLimits(long maxPixels, long maxBytes, boolean applyOrientation) {
  private static final int MEGA = 1_000_000;

  /** What files may have in any case. */
  private static final long LEAST_MAX_BYTES = 128L << 20;

  /** Most pixels that fit an RGB array of Java. */
  private static final long ARRAY_PIXELS = (Integer.MAX_VALUE - 64) / 3;

  /** The largest number that {@link #ofMegapixels} takes. */
  public static final int MOST_MEGAPIXELS = (int) (ARRAY_PIXELS / MEGA);

  /** Megapixels of {@link #STANDARD}: more than any phone makes. */
  public static final int STANDARD_MEGAPIXELS = 250;

  /** {@link #STANDARD_MEGAPIXELS}, orientation applied. */
  public static final DecodeLimits STANDARD = ofMegapixels(STANDARD_MEGAPIXELS);

  /** Checks the ranges. */
  public DecodeLimits {
    if (maxPixels < 1 || maxPixels > ARRAY_PIXELS) {
      throw new DataException(
          "the pixel limit must lie in 1.." + ARRAY_PIXELS + ", got " + maxPixels);
    }
    if (maxBytes < 1 || maxBytes > Integer.MAX_VALUE - 64) {
      throw new DataException(
          "the byte limit must lie in 1.." + (Integer.MAX_VALUE - 64) + ", got " + maxBytes);
    }
  }

  /**
   * Images of so many million pixels, in files of at most one byte per pixel (at least 128 MiB);
   * orientation applied.
   *
   * @throws DataException if {@code megapixels} is not in 1..{@link #MOST_MEGAPIXELS}
   */
  public static DecodeLimits ofMegapixels(int megapixels) {
    if (megapixels < 1 || megapixels > MOST_MEGAPIXELS) {
      throw new DataException(
          "the largest image must have 1 to " + MOST_MEGAPIXELS + " megapixels, got " + megapixels);
    }
    long pixels = (long) megapixels * MEGA;
    return new DecodeLimits(pixels, Math.max(LEAST_MAX_BYTES, pixels), true);
  }
}
