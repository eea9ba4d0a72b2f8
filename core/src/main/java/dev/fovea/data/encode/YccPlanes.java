package dev.fovea.data.encode;

import dev.fovea.data.image.Image;
import java.util.Arrays;

/**
 * The three components of an image, less 128, each padded to whole blocks of 8x8.
 *
 * <p>Rounding and padding are libjpeg's: luma repeats the last pixel and row; color repeats the last
 * pixel of a row and, for an odd height, the last row, before four pixels are averaged, and the last
 * row of averages after. Source: jccolor.c, jcsample.c, jcprepct.c.
 */
final class YccPlanes {
  private static final int HALF = 1 << 15;
  private static final int SIDE = 8;

  /** Offset of a color, less the 128 that is taken off every sample, rounded half down. */
  private static final int COLOR_HALF = HALF - 1;

  private static final int LUMA_OFFSET = 128 << 16;

  /** One component: {@code blocksDown * 8} rows of {@code blocksAcross * 8} samples. */
  record Plane(byte[] samples, int blocksAcross, int blocksDown) {
    static Plane of(int width, int height) {
      int across = (width + SIDE - 1) / SIDE;
      int down = (height + SIDE - 1) / SIDE;
      return new Plane(
          new byte[Math.multiplyExact(Math.multiplyExact(across, down), SIDE * SIDE)],
          across,
          down);
    }

    int stride() {
      return blocksAcross * SIDE;
    }

    /** Repeats the last of {@code rows} rows. */
    void padDown(int rows) {
      int stride = stride();
      for (int y = rows; y < blocksDown * SIDE; y++) {
        System.arraycopy(samples, (rows - 1) * stride, samples, y * stride, stride);
      }
    }
  }

  private final Plane luma;
  private final Plane blue;
  private final Plane red;

  private YccPlanes(Image image, ChromaSampling sampling) {
    int each = sampling.pixels;
    luma = Plane.of(image.width(), image.height());
    int across = (image.width() + each - 1) / each;
    int down = (image.height() + each - 1) / each;
    blue = Plane.of(across, down);
    red = Plane.of(across, down);
    if (each == 1) {
      for (int y = 0; y < image.height(); y++) {
        convert(image, y, red.samples, blue.samples, y * blue.stride());
        padRight(red.samples, y * red.stride() + image.width(), (y + 1) * red.stride());
        padRight(blue.samples, y * blue.stride() + image.width(), (y + 1) * blue.stride());
      }
    } else {
      quarter(image);
    }
    luma.padDown(image.height());
    blue.padDown(down);
    red.padDown(down);
  }

  static YccPlanes of(Image image, ChromaSampling sampling) {
    return new YccPlanes(image, sampling);
  }

  Plane luma() {
    return luma;
  }

  Plane blue() {
    return blue;
  }

  Plane red() {
    return red;
  }

  private void quarter(Image image) {
    int stride = blue.stride() * 2;
    byte[] blues = new byte[stride * 2];
    byte[] reds = new byte[stride * 2];
    for (int y = 0; y < image.height(); y += 2) {
      for (int row = 0; row < 2; row++) {
        int from = row * stride;
        convert(image, Math.min(y + row, image.height() - 1), reds, blues, from);
        padRight(reds, from + image.width(), from + stride);
        padRight(blues, from + image.width(), from + stride);
      }
      average(blues, blue, y / 2);
      average(reds, red, y / 2);
    }
  }

  private static void average(byte[] two, Plane to, int row) {
    int stride = to.stride();
    int at = row * stride;
    int below = 2 * stride;
    byte[] out = to.samples;
    // The rounding alternates between down and up, as libjpeg's does.
    for (int x = 0; x < stride; x++) {
      int i = 2 * x;
      out[at + x] =
          (byte) (two[i] + two[i + 1] + two[below + i] + two[below + i + 1] + 1 + (x & 1) >> 2);
    }
  }

  /** One row of pixels: luma to its place, the colors to {@code at} and onward. */
  private void convert(Image image, int y, byte[] reds, byte[] blues, int at) {
    byte[] rgb = image.rgb();
    byte[] lumas = luma.samples;
    int width = image.width();
    int to = y * luma.stride();
    for (int x = 0, i = y * width * 3; x < width; x++, i += 3) {
      int r = rgb[i] & 255;
      int g = rgb[i + 1] & 255;
      int b = rgb[i + 2] & 255;
      lumas[to + x] = (byte) (19595 * r + 38470 * g + 7471 * b + HALF - LUMA_OFFSET >> 16);
      blues[at + x] = (byte) (-11059 * r - 21709 * g + 32768 * b + COLOR_HALF >> 16);
      reds[at + x] = (byte) (32768 * r - 27439 * g - 5329 * b + COLOR_HALF >> 16);
    }
    padRight(lumas, to + width, to + luma.stride());
  }

  private static void padRight(byte[] samples, int from, int to) {
    Arrays.fill(samples, from, to, samples[from - 1]);
  }
}
