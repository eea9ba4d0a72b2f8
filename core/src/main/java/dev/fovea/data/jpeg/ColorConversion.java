package dev.fovea.data.jpeg;

/**
 * Converts the components of pixels to RGB, with libjpeg's constants of 16 bits (jdcolor.c) and
 * Pillow's conversion of CMYK (Convert.c, {@code cmyk2rgb}). Embedded color profiles are ignored,
 * as in Pillow.
 *
 * <p>A result is {@code r + 256 g + 65536 b}.
 */
enum ColorConversion {
  GRAY {
    @Override
    void convert(int[][] in, int[] out, int n) {
      int[] gray = in[0];
      for (int i = 0; i < n; i++) {
        out[i] = gray[i] * 0x010101;
      }
    }
  },
  RGB {
    @Override
    void convert(int[][] in, int[] out, int n) {
      pack(in[0], in[1], in[2], out, n);
    }
  },
  YCC {
    @Override
    void convert(int[][] in, int[] out, int n) {
      toRgb(in[0], in[1], in[2], out, n);
    }
  },
  /** Inks are taken to be inverted, as Adobe's programs write them and Pillow reads all files. */
  CMYK {
    @Override
    void convert(int[][] in, int[] out, int n) {
      pack(in[0], in[1], in[2], out, n);
      for (int i = 0; i < n; i++) {
        out[i] = paint(~out[i], in[3][i]);
      }
    }
  },
  YCCK {
    @Override
    void convert(int[][] in, int[] out, int n) {
      toRgb(in[0], in[1], in[2], out, n);
      for (int i = 0; i < n; i++) {
        out[i] = paint(out[i], in[3][i]);
      }
    }
  };

  private static final int RED_OF_CR = fix(1.40200);
  private static final int BLUE_OF_CB = fix(1.77200);
  private static final int GREEN_OF_CR = fix(0.71414);
  private static final int GREEN_OF_CB = fix(0.34414);
  private static final int HALF = 1 << 15;

  private static int fix(double factor) {
    return (int) (factor * 65536 + 0.5);
  }

  /** The conversion for a file. */
  static ColorConversion of(JpegHeader header) {
    return switch (header.components()) {
      case 1 -> GRAY;
      case 3 -> header.rgb() ? RGB : YCC;
      // libjpeg treats any transform other than 0 as YCCK.
      default -> header.adobe() > 0 ? YCCK : CMYK;
    };
  }

  /**
   * Converts pixels.
   *
   * @param in an array for each component
   */
  abstract void convert(int[][] in, int[] out, int n);

  private static void pack(int[] r, int[] g, int[] b, int[] out, int n) {
    for (int i = 0; i < n; i++) {
      out[i] = r[i] | g[i] << 8 | b[i] << 16;
    }
  }

  private static void toRgb(int[] luma, int[] cb, int[] cr, int[] out, int n) {
    for (int i = 0; i < n; i++) {
      int y = luma[i];
      int blue = y + ((cb[i] - 128) * BLUE_OF_CB + HALF >> 16);
      int red = y + ((cr[i] - 128) * RED_OF_CR + HALF >> 16);
      blue &= ~(blue >> 31);
      red &= ~(red >> 31);
      out[i] = (red | 255 - red >> 31) & 255 | ((blue | 255 - blue >> 31) & 255) << 16;
    }
    for (int i = 0; i < n; i++) {
      int green =
          luma[i] + (HALF - (cb[i] - 128) * GREEN_OF_CB - (cr[i] - 128) * GREEN_OF_CR >> 16);
      green &= ~(green >> 31);
      out[i] |= ((green | 255 - green >> 31) & 255) << 8;
    }
  }

  /** Three inks, from none to all, on paper of which the fourth leaves {@code white}. */
  private static int paint(int inks, int white) {
    return ink(inks & 255, white)
        | ink(inks >> 8 & 255, white) << 8
        | ink(inks >> 16 & 255, white) << 16;
  }

  private static int ink(int amount, int white) {
    int t = amount * white + 128;
    return Math.max(0, white - ((t >> 8) + t >> 8));
  }
}
