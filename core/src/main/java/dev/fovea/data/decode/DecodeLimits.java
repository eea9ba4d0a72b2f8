package dev.fovea.data.decode;

import dev.fovea.data.image.DataException;

/**
 * Size limits above which an image is refused, and whether its orientation tag is applied.
 *
 * @param maxPixels maximum of width x height, checked against the header before memory is allocated
 * @param maxBytes maximum size of an encoded file or archive member
 * @param applyOrientation whether the orientation in EXIF or XMP data is applied, so that the image
 *     looks as in a viewer; {@code false} ignores it, as Pillow's {@code convert("RGB")} does
 */
public record DecodeLimits(long maxPixels, long maxBytes, boolean applyOrientation) {
  private static final int MEGA = 1_000_000;

  /** Lower bound of the file size limit. */
  private static final long LEAST_MAX_BYTES = 128L << 20;

  /** Maximum number of pixels in a Java array of RGB bytes. */
  private static final long ARRAY_PIXELS = (Integer.MAX_VALUE - 64) / 3;

  /** The largest limit that {@link #ofMegapixels} accepts. */
  public static final int MOST_MEGAPIXELS = (int) (ARRAY_PIXELS / MEGA);

  /** The limit of {@link #STANDARD} in megapixels, above that of any phone camera. */
  public static final int STANDARD_MEGAPIXELS = 250;

  /** {@link #STANDARD_MEGAPIXELS}, with the orientation applied. */
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
   * Limits for images of up to {@code megapixels}, in files of up to one byte per pixel (or 128 MiB
   * if that is more), with the orientation applied.
   *
   * @throws DataException if {@code megapixels} is not in 1..{@link #MOST_MEGAPIXELS}
   */
  public static DecodeLimits ofMegapixels(int megapixels) {
    if (megapixels < 1 || megapixels > MOST_MEGAPIXELS) {
      throw new DataException(
          "the image size limit must be 1 to "
              + MOST_MEGAPIXELS
              + " megapixels, got "
              + megapixels);
    }
    long pixels = (long) megapixels * MEGA;
    return new DecodeLimits(pixels, Math.max(LEAST_MAX_BYTES, pixels), true);
  }
}
