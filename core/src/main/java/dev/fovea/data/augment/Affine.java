package dev.fovea.data.augment;

import dev.fovea.data.image.Image;

/**
 * Affine transforms with nearest-neighbor sampling and black fill; byte-identical to Pillow's.
 *
 * <p>Source: Pillow's {@code Geometry.c} ({@code affine_fixed}): source coordinates are 16-bit
 * fixed point and advance by addition.
 */
final class Affine {
  private static final double ONE = 65536;

  private Affine() {}

  /** Shifts each row horizontally by {@code slope} times its distance from the top. */
  static Image shearX(Image in, double slope) {
    return nearest(in, new double[] {1, slope, 0}, new double[] {0, 1, 0});
  }

  /** Shifts each column up by {@code slope} times its distance from the left. */
  static Image shearY(Image in, double slope) {
    return nearest(in, new double[] {1, 0, 0}, new double[] {slope, 1, 0});
  }

  /** Shifts the image right and down. */
  static Image translate(Image in, int right, int down) {
    return in.crop(-right, -down, in.width(), in.height());
  }

  /** Rotates the image about its center, counter-clockwise. */
  static Image rotate(Image in, double degrees) {
    double angle = -StrictMath.toRadians(degrees);
    double cos = StrictMath.cos(angle);
    double sin = StrictMath.sin(angle);
    double cx = in.width() / 2.0;
    double cy = in.height() / 2.0;
    return nearest(
        in,
        new double[] {cos, sin, -cx * cos - cy * sin + cx},
        new double[] {-sin, cos, cx * sin - cy * cos + cy});
  }

  /** Takes pixel (x, y) from (fx . (x, y, 1), fy . (x, y, 1)); pixel centers are at 0.5. */
  private static Image nearest(Image in, double[] fx, double[] fy) {
    int w = in.width();
    int h = in.height();
    byte[] from = in.rgb();
    byte[] to = new byte[from.length];
    long xx = fixed(fx[0]);
    long xy = fixed(fx[1]);
    long yx = fixed(fy[0]);
    long yy = fixed(fy[1]);
    long rowX = fixed(fx[2] + fx[0] * 0.5 + fx[1] * 0.5);
    long rowY = fixed(fy[2] + fy[0] * 0.5 + fy[1] * 0.5);
    int o = 0;
    for (int y = 0; y < h; y++, rowX += xy, rowY += yy) {
      long atX = rowX;
      long atY = rowY;
      for (int x = 0; x < w; x++, o += 3, atX += xx, atY += yx) {
        int sx = (int) (atX >> 16);
        int sy = (int) (atY >> 16);
        if (sx >= 0 && sx < w && sy >= 0 && sy < h) {
          int i = (sy * w + sx) * 3;
          to[o] = from[i];
          to[o + 1] = from[i + 1];
          to[o + 2] = from[i + 2];
        }
      }
    }
    return new Image(w, h, to);
  }

  private static long fixed(double v) {
    return (long) Math.floor(v * ONE + 0.5);
  }
}
