package dev.fovea.data.image;

import dev.fovea.api.Api;

/**
 * A decoded image: 8-bit RGB, interleaved (H, W, 3), rows from top to bottom.
 *
 * <p>The array is never copied. The creator hands it over and nobody writes to it afterwards, so
 * images are safe to share between threads.
 *
 * <pre>{@code
 * Image red = new Image(1, 1, new byte[] {(byte) 255, 0, 0});
 * System.out.println(red.width() + "x" + red.height());
 * }</pre>
 *
 * @param width pixels per row, at least 1
 * @param height rows, at least 1
 * @param rgb {@code height * width * 3} bytes
 */
@Api(Api.Status.STABLE)
public record Image(int width, int height, byte[] rgb) implements Picture {
  /** Bytes per pixel. */
  public static final int CHANNELS = 3;

  /** Pillow's luma weights of red, green and blue (ITU-R 601-2), 16-bit fixed point. */
  private static final int[] LUMA = {19595, 38470, 7471};

  /** Checks the dimensions and the array length. */
  public Image {
    if (width < 1 || height < 1) {
      throw new DataException("an image needs at least one pixel, got " + width + "x" + height);
    }
    if (rgb.length != (long) width * height * CHANNELS) {
      throw new DataException(
          "an RGB image of "
              + width
              + "x"
              + height
              + " needs "
              + (long) width * height * CHANNELS
              + " bytes, got "
              + rgb.length);
    }
  }

  /** A black image. Allocates all of it, so check the size first. */
  public static Image black(int width, int height) {
    return new Image(
        width, height, new byte[Math.multiplyExact(Math.multiplyExact(width, height), CHANNELS)]);
  }

  /**
   * Cuts out the rectangle at ({@code left}, {@code top}). Pixels outside this image are black, as
   * in torchvision.
   */
  public Image crop(int left, int top, int cropWidth, int cropHeight) {
    if (left == 0 && top == 0 && cropWidth == width && cropHeight == height) {
      return this;
    }
    Image out = black(cropWidth, cropHeight);
    int x0 = Math.max(0, left);
    int x1 = Math.min(width, left + cropWidth);
    if (x1 <= x0) {
      return out;
    }
    for (int y = Math.max(0, top); y < Math.min(height, top + cropHeight); y++) {
      System.arraycopy(
          rgb,
          (y * width + x0) * CHANNELS,
          out.rgb,
          ((y - top) * cropWidth + x0 - left) * CHANNELS,
          (x1 - x0) * CHANNELS);
    }
    return out;
  }

  @Override
  public int shrink(int most) {
    return 1;
  }

  @Override
  public Image part(Resize.Box box, int shrink) {
    if (shrink != 1) {
      throw new IllegalArgumentException("a decoded image is not shrunk, got " + shrink);
    }
    return crop(box.left(), box.top(), box.width(), box.height());
  }

  /** The luma of the pixel whose red byte is at {@code i}, as Pillow converts RGB to L. */
  public static int gray(byte[] rgb, int i) {
    return (rgb[i] & 255) * LUMA[0]
            + (rgb[i + 1] & 255) * LUMA[1]
            + (rgb[i + 2] & 255) * LUMA[2]
            + 0x8000
        >> 16;
  }

  /** Clamps a value to 0..255. */
  public static byte clip(int v) {
    return (byte) Math.max(0, Math.min(255, v));
  }

  /** One pixel as {@code 0xRRGGBB}. */
  public int pixel(int x, int y) {
    int o = (y * width + x) * CHANNELS;
    return (rgb[o] & 255) << 16 | (rgb[o + 1] & 255) << 8 | rgb[o + 2] & 255;
  }
}
