package dev.fovea.data.webp;

import dev.fovea.data.image.Image;

/**
 * Converts Y'CbCr 4:2:0 to RGB in libwebp's fixed-point arithmetic (BT.601, limited range; chroma
 * is interpolated with the weights 9/16, 3/16, 3/16 and 1/16).
 */
final class Vp8Color {
  private Vp8Color() {}

  static Image toRgb(int width, int height, Vp8Plane luma, Vp8Plane u, Vp8Plane v) {
    Image image = Image.black(width, height);
    int chromaWidth = width + 1 >> 1;
    int chromaHeight = height + 1 >> 1;
    int[] us = new int[width];
    int[] vs = new int[width];
    for (int y = 0; y < height; y++) {
      int near = y >> 1;
      int far = Math.max(0, Math.min(chromaHeight - 1, near + (y % 2 == 0 ? -1 : 1)));
      interpolate(u, near, far, chromaWidth, us);
      interpolate(v, near, far, chromaWidth, vs);
      int from = luma.at(0, y);
      int to = y * width * 3;
      for (int x = 0; x < width; x++, to += 3) {
        store(image.rgb(), to, luma.samples[from + x] & 255, us[x], vs[x]);
      }
    }
    return image;
  }

  /** Upsamples one row to full width; at the edges only the nearest column is used. */
  private static void interpolate(Vp8Plane plane, int near, int far, int chromaWidth, int[] to) {
    byte[] p = plane.samples;
    int a = plane.at(0, near);
    int b = plane.at(0, far);
    for (int x = 0; x < to.length; x++) {
      int c = x >> 1;
      int other = c + (x % 2 == 0 ? -1 : 1);
      if (other < 0 || other >= chromaWidth) {
        to[x] = 3 * (p[a + c] & 255) + (p[b + c] & 255) + 2 >> 2;
        continue;
      }
      int nearSame = p[a + c] & 255;
      int nearOther = p[a + other] & 255;
      int farSame = p[b + c] & 255;
      int farOther = p[b + other] & 255;
      // libwebp rounds in two steps; rounding (9 near + 3 + 3 + 1 far) / 16 once may differ by one.
      int diagonal = nearSame + nearOther + farSame + farOther + 8 + 2 * (nearOther + farSame) >> 3;
      to[x] = diagonal + nearSame >> 1;
    }
  }

  private static void store(byte[] to, int o, int y, int u, int v) {
    int luma = y * 19077 >> 8;
    to[o] = clip(luma + (v * 26149 >> 8) - 14234);
    to[o + 1] = clip(luma - (u * 6419 >> 8) - (v * 13320 >> 8) + 8708);
    to[o + 2] = clip(luma + (u * 33050 >> 8) - 17685);
  }

  private static byte clip(int v) {
    return (byte) Vp8Prediction.clip(v >> 6);
  }
}
