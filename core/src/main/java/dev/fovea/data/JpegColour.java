package dev.fovea.data;

import java.awt.image.Raster;

/**
 * The raw channels of a JPEG to RGB, with libjpeg's tables (jdcolor.c, 16-bit fixed point) and
 * Pillow's conversion of CMYK (Convert.c, {@code cmyk2rgb}); embedded colour profiles are ignored,
 * as Pillow does.
 */
final class JpegColour {
  private static final int[] CR_R = table(1.40200, 1 << 15, 16);
  private static final int[] CB_B = table(1.77200, 1 << 15, 16);
  private static final int[] CR_G = table(-0.71414, 0, 0);
  private static final int[] CB_G = table(-0.34414, 1 << 15, 0);

  private JpegColour() {}

  private static int[] table(double factor, int add, int shift) {
    int fixed = (int) (Math.abs(factor) * 65536 + 0.5) * (factor < 0 ? -1 : 1);
    int[] t = new int[256];
    for (int i = 0; i < 256; i++) {
      t[i] = fixed * (i - 128) + add >> shift;
    }
    return t;
  }

  static Image toRgb(Raster raster, JpegHeader header) throws MalformedImage {
    int w = header.width();
    int h = header.height();
    int n = header.components();
    if (raster.getWidth() != w || raster.getHeight() != h || raster.getNumBands() != n) {
      throw new MalformedImage("the decoded JPEG differs from its header");
    }
    Image out = Image.black(w, h);
    byte[] to = out.rgb();
    int[] row = new int[w * n];
    for (int y = 0; y < h; y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, w, 1, row);
      int o = y * w * 3;
      for (int x = 0; x < w; x++, o += 3) {
        switch (n) {
          case 1 -> store(to, o, row[x], row[x], row[x]);
          case 3 -> three(to, o, row, x * 3, header.rgb());
          default -> four(to, o, row, x * 4, header.adobe());
        }
      }
    }
    return out;
  }

  private static void store(byte[] to, int o, int r, int g, int b) {
    to[o] = (byte) r;
    to[o + 1] = (byte) g;
    to[o + 2] = (byte) b;
  }

  private static int clip(int v) {
    return v < 0 ? 0 : Math.min(v, 255);
  }

  private static void three(byte[] to, int o, int[] p, int i, boolean rgb) {
    if (rgb) {
      store(to, o, p[i], p[i + 1], p[i + 2]);
      return;
    }
    int y = p[i];
    int cb = p[i + 1];
    int cr = p[i + 2];
    store(to, o, clip(y + CR_R[cr]), clip(y + (CB_G[cb] + CR_G[cr] >> 16)), clip(y + CB_B[cb]));
  }

  /** Files with an Adobe marker hold the inks inverted. */
  private static void four(byte[] to, int o, int[] p, int i, int adobe) {
    int c = p[i];
    int m = p[i + 1];
    int y = p[i + 2];
    int k = p[i + 3];
    if (adobe == 2) {
      int cb = m;
      int cr = y;
      int luma = c;
      c = 255 - clip(luma + CR_R[cr]);
      m = 255 - clip(luma + (CB_G[cb] + CR_G[cr] >> 16));
      y = 255 - clip(luma + CB_B[cb]);
    }
    if (adobe >= 0) {
      c = 255 - c;
      m = 255 - m;
      y = 255 - y;
      k = 255 - k;
    }
    int white = 255 - k;
    store(to, o, ink(c, white), ink(m, white), ink(y, white));
  }

  private static int ink(int c, int white) {
    int t = c * white + 128;
    return clip(white - ((t >> 8) + t >> 8));
  }
}
