package dev.fovea.data.augment;

import dev.fovea.data.image.Image;

/**
 * Adjusts saturation, hue and sharpness; byte-identical to Pillow.
 *
 * <p>Sources: Pillow's {@code ImageEnhance.py}, {@code Blend.c}, {@code Convert.c} (its HSV has 8
 * bits per channel) and {@code Filter.c}.
 */
final class Chroma {
  private static final int[] SECTOR = new int[256];
  private static final float[] WITHIN = new float[256];

  static {
    for (int h = 0; h < 256; h++) {
      SECTOR[h] = (int) Math.floor(h * 6.0 / 255.0);
      WITHIN[h] = (float) (h * 6.0 / 255.0 - SECTOR[h]);
    }
  }

  private Chroma() {}

  /** Blends the gray image (factor 0) with the image (factor 1): {@code ImageEnhance.Color}. */
  static Image saturation(Image in, double factor) {
    float f = (float) factor;
    byte[] from = in.rgb();
    byte[] to = new byte[from.length];
    for (int i = 0; i < from.length; i += 3) {
      int gray = Image.gray(from, i);
      to[i] = ToneCurves.blend(gray, from[i] & 255, f);
      to[i + 1] = ToneCurves.blend(gray, from[i + 1] & 255, f);
      to[i + 2] = ToneCurves.blend(gray, from[i + 2] & 255, f);
    }
    return new Image(in.width(), in.height(), to);
  }

  /**
   * Rotates the hue, as torchvision's {@code adjust_hue}.
   *
   * @param turn fraction of the color circle, in [-0.5, 0.5]; rounded toward zero to a multiple of
   *     1/255
   */
  static Image hue(Image in, double turn) {
    int shift = (int) (turn * 255) & 255;
    byte[] from = in.rgb();
    byte[] to = new byte[from.length];
    for (int i = 0; i < from.length; i += 3) {
      int r = from[i] & 255;
      int g = from[i + 1] & 255;
      int b = from[i + 2] & 255;
      int most = Math.max(r, Math.max(g, b));
      int least = Math.min(r, Math.min(g, b));
      int hsv = most == least ? 0 : hueAndSaturation(r, g, b, most, most - least);
      putHsv(to, i, (hsv >> 8) + shift & 255, hsv & 255, most);
    }
    return new Image(in.width(), in.height(), to);
  }

  /** 256 times the hue, plus the saturation. */
  private static int hueAndSaturation(int r, int g, int b, int most, int range) {
    float cr = range;
    float rc = (most - r) / cr;
    float gc = (most - g) / cr;
    float bc = (most - b) / cr;
    float h;
    if (r == most) {
      h = bc - gc;
    } else if (g == most) {
      h = (float) (2.0 + rc - bc);
    } else {
      h = (float) (4.0 + gc - rc);
    }
    double round = h / 6.0 + 1.0;
    float within = (float) (round >= 1 ? round - 1 : round);
    return Math.min(255, (int) (within * 255.0)) << 8 | (int) (cr / most * 255.0);
  }

  private static void putHsv(byte[] rgb, int i, int h, int s, int v) {
    float fs = (float) (s / 255.0);
    float f = WITHIN[h];
    byte p = (byte) (int) (v * (1.0 - fs) + 0.5);
    byte q = (byte) (int) (v * (1.0 - fs * f) + 0.5);
    byte t = (byte) (int) (v * (1.0 - fs * (1.0 - f)) + 0.5);
    byte top = (byte) v;
    switch (s == 0 ? -1 : SECTOR[h] % 6) {
      case 0 -> put(rgb, i, top, t, p);
      case 1 -> put(rgb, i, q, top, p);
      case 2 -> put(rgb, i, p, top, t);
      case 3 -> put(rgb, i, p, q, top);
      case 4 -> put(rgb, i, t, p, top);
      case 5 -> put(rgb, i, top, p, q);
      default -> put(rgb, i, top, top, top);
    }
  }

  private static void put(byte[] rgb, int i, byte r, byte g, byte b) {
    rgb[i] = r;
    rgb[i + 1] = g;
    rgb[i + 2] = b;
  }

  /**
   * Blends the smoothed image (factor 0) with the image (factor 1): {@code ImageEnhance.Sharpness}.
   * The outermost pixels do not change.
   */
  static Image sharpness(Image in, double factor) {
    float f = (float) factor;
    int w = in.width();
    int stride = w * 3;
    byte[] from = in.rgb();
    byte[] to = from.clone();
    for (int y = 1; y < in.height() - 1; y++) {
      int end = y * stride + stride - 3;
      for (int i = y * stride + 3; i < end; i++) {
        int v = from[i] & 255;
        int sum =
            threeAround(from, i - stride) + threeAround(from, i) + threeAround(from, i + stride);
        // The weights (1 around, 5 in the middle) sum to 13, which is odd, so ties cannot occur.
        int smooth = (2 * (sum + 4 * v) + 13) / 26;
        to[i] = ToneCurves.blend(smooth, v, f);
      }
    }
    return new Image(w, in.height(), to);
  }

  private static int threeAround(byte[] rgb, int i) {
    return (rgb[i - 3] & 255) + (rgb[i] & 255) + (rgb[i + 3] & 255);
  }
}
