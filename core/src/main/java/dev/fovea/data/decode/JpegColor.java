package dev.fovea.data.decode;

/**
 * Converts the raw channels of a JPEG to RGB with libjpeg's tables (jdcolor.c, 16-bit fixed point)
 * and Pillow's CMYK conversion (Convert.c, {@code cmyk2rgb}). Embedded color profiles are ignored,
 * as in Pillow.
 */
final class JpegColor {
  private static final int[] CR_R = table(1.40200, 1 << 15, 16);
  private static final int[] CB_B = table(1.77200, 1 << 15, 16);
  private static final int[] CR_G = table(-0.71414, 0, 0);
  private static final int[] CB_G = table(-0.34414, 1 << 15, 0);

  private JpegColor() {}

  private static int[] table(double factor, int add, int shift) {
    int fixed = (int) (Math.abs(factor) * 65536 + 0.5) * (factor < 0 ? -1 : 1);
    int[] t = new int[256];
    for (int i = 0; i < 256; i++) {
      t[i] = fixed * (i - 128) + add >> shift;
    }
    return t;
  }

  /**
   * Converts decoded samples.
   *
   * @param samples interleaved, {@code pixels} times {@link JpegHeader#components}
   * @param to receives {@code pixels * 3} bytes; may be {@code samples} if that has three channels
   */
  static void toRgb(byte[] samples, int pixels, JpegHeader header, byte[] to) {
    switch (header.components()) {
      case 1 -> {
        for (int i = 0, o = 0; i < pixels; i++, o += 3) {
          store(to, o, samples[i], samples[i], samples[i]);
        }
      }
      case 3 -> {
        if (!header.rgb()) {
          for (int o = 0; o < pixels * 3; o += 3) {
            yccToRgb(samples, o, to);
          }
        } else if (to != samples) {
          System.arraycopy(samples, 0, to, 0, pixels * 3);
        }
      }
      default -> {
        // libjpeg treats any transform other than 0 as YCCK.
        boolean ycck = header.adobe() > 0;
        for (int i = 0, o = 0; o < pixels * 3; i += 4, o += 3) {
          inksToRgb(samples, i, ycck, to, o);
        }
      }
    }
  }

  private static void store(byte[] to, int o, int r, int g, int b) {
    to[o] = (byte) r;
    to[o + 1] = (byte) g;
    to[o + 2] = (byte) b;
  }

  private static int clip(int v) {
    return v < 0 ? 0 : Math.min(v, 255);
  }

  private static void yccToRgb(byte[] p, int i, byte[] to) {
    int y = p[i] & 255;
    int cb = p[i + 1] & 255;
    int cr = p[i + 2] & 255;
    store(to, i, clip(y + CR_R[cr]), clip(y + (CB_G[cb] + CR_G[cr] >> 16)), clip(y + CB_B[cb]));
  }

  /** Assumes inverted inks, as Adobe's programs write them and Pillow reads all files. */
  private static void inksToRgb(byte[] p, int i, boolean ycck, byte[] to, int o) {
    int c = p[i] & 255;
    int m = p[i + 1] & 255;
    int y = p[i + 2] & 255;
    int white = p[i + 3] & 255;
    if (ycck) {
      int cb = m;
      int cr = y;
      int luma = c;
      c = 255 - clip(luma + CR_R[cr]);
      m = 255 - clip(luma + (CB_G[cb] + CR_G[cr] >> 16));
      y = 255 - clip(luma + CB_B[cb]);
    }
    store(to, o, ink(255 - c, white), ink(255 - m, white), ink(255 - y, white));
  }

  private static int ink(int c, int white) {
    int t = c * white + 128;
    return clip(white - ((t >> 8) + t >> 8));
  }
}
