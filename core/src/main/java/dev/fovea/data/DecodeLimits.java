package dev.fovea.data;

/**
 * What a picture may cost before it is refused, and whether cameras' rotation flags are obeyed.
 *
 * @param maxPixels most pixels (width x height) of a picture, checked from the header before memory
 *     is taken
 * @param maxBytes most bytes of an encoded file or archive member
 * @param applyOrientation whether the EXIF orientation is applied, so that the picture is seen as a
 *     viewer shows it; {@code false} gives Pillow's {@code convert("RGB")}, which ignores it
 */
public record DecodeLimits(long maxPixels, long maxBytes, boolean applyOrientation) {
  /** 50 megapixels, 128 MiB, orientation applied. */
  public static final DecodeLimits STANDARD = new DecodeLimits(50_000_000, 128L << 20, true);

  /** Most pixels that fit an RGB array of Java. */
  private static final long ARRAY_PIXELS = (Integer.MAX_VALUE - 64) / 3;

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
}
