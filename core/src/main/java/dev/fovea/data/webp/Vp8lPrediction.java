package dev.fovea.data.webp;

/**
 * Inverts the spatial prediction of lossless WebP: each pixel is coded as its difference from a
 * prediction by earlier pixels.
 */
final class Vp8lPrediction {
  private static final int BLACK = 0xff000000;

  private Vp8lPrediction() {}

  /**
   * Adds the predictions in place; {@code modes} has one pixel per tile, whose green channel is the
   * mode.
   */
  static void undo(int[] pixels, int width, int height, int bits, int[] modes) {
    int across = width + (1 << bits) - 1 >> bits;
    for (int y = 0, i = 0; y < height; y++) {
      for (int x = 0; x < width; x++, i++) {
        int guess;
        if (y == 0) {
          guess = x == 0 ? BLACK : pixels[i - 1];
        } else if (x == 0) {
          guess = pixels[i - width];
        } else {
          guess = guess(modes[(y >> bits) * across + (x >> bits)] >> 8 & 15, pixels, i, width);
        }
        pixels[i] = Vp8lDecoder.add(pixels[i], guess);
      }
    }
  }

  /** The upper right neighbor of a row's last pixel is the first pixel of its own row. */
  private static int guess(int mode, int[] p, int i, int width) {
    int left = p[i - 1];
    int above = p[i - width];
    int corner = p[i - width - 1];
    int right = p[i - width + 1];
    return switch (mode) {
      case 1 -> left;
      case 2 -> above;
      case 3 -> right;
      case 4 -> corner;
      case 5 -> mean(mean(left, right), above);
      case 6 -> mean(left, corner);
      case 7 -> mean(left, above);
      case 8 -> mean(corner, above);
      case 9 -> mean(above, right);
      case 10 -> mean(mean(left, corner), mean(above, right));
      case 11 -> nearer(left, above, corner);
      case 12 -> slope(left, above, corner);
      case 13 -> halfSlope(mean(left, above), corner);
      default -> BLACK;
    };
  }

  private static int mean(int a, int b) {
    return (((a ^ b) & 0xfefefefe) >>> 1) + (a & b);
  }

  private static int nearer(int left, int above, int corner) {
    int difference = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int c = corner >> shift & 255;
      difference += Math.abs((left >> shift & 255) - c) - Math.abs((above >> shift & 255) - c);
    }
    return difference <= 0 ? above : left;
  }

  private static int slope(int left, int above, int corner) {
    int out = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int v = (left >> shift & 255) + (above >> shift & 255) - (corner >> shift & 255);
      out |= Vp8Prediction.clip(v) << shift;
    }
    return out;
  }

  private static int halfSlope(int mean, int corner) {
    int out = 0;
    for (int shift = 0; shift < 32; shift += 8) {
      int m = mean >> shift & 255;
      out |= Vp8Prediction.clip(m + (m - (corner >> shift & 255)) / 2) << shift;
    }
    return out;
  }
}
