package dev.fovea.data.encode;

import dev.fovea.data.image.Image;
import java.util.Arrays;

/**
 * The three components of as many rows of an image as its units have, less 128, padded to whole
 * blocks of 8x8. One unit row is there at a time, so that a large image takes no more memory than a
 * wide one. Not safe for several threads.
 *
 * <p>Rounding and padding are libjpeg's: luma repeats the last pixel and row; color repeats the last
 * pixel of a row and, for an odd height, the last row, before four pixels are averaged, and the last
 * row of averages after. Source: jccolor.c, jcsample.c, jcprepct.c.
 *
 * <p>Implementation note: samples are kept as int, because C2 vectorizes loops that neither widen
 * nor narrow.
 */
final class YccRows {
  private static final int HALF = 1 << 15;
  private static final int SIDE = 8;

  /** Half, rounded down, as libjpeg rounds color. */
  private static final int COLOR_HALF = HALF - 1;

  private static final int LUMA_OFFSET = 128 << 16;

  private final Image image;
  private final int each;
  private final Plane luma;
  private final Plane blue;
  private final Plane red;
  private final int[] reds;
  private final int[] greens;
  private final int[] blues;
  private final int[] redPixels;
  private final int[] bluePixels;

  /**
   * One component.
   *
   * @param samples rows of {@code blocksAcross * 8} samples: those of the unit row that is there
   * @param blocksDown in the whole image
   */
  record Plane(int[] samples, int blocksAcross, int blocksDown) {
    static Plane of(int width, int height, int blockRows) {
      int across = (width + SIDE - 1) / SIDE;
      int samples = Math.multiplyExact(across, blockRows * SIDE * SIDE);
      return new Plane(new int[samples], across, (height + SIDE - 1) / SIDE);
    }

    int stride() {
      return blocksAcross * SIDE;
    }

    void repeatRowAbove(int y) {
      System.arraycopy(samples, (y - 1) * stride(), samples, y * stride(), stride());
    }
  }

  YccRows(Image image, ChromaSampling sampling) {
    this.image = image;
    each = sampling.pixels;
    luma = Plane.of(image.width(), image.height(), each);
    int across = (image.width() + each - 1) / each;
    int down = (image.height() + each - 1) / each;
    blue = Plane.of(across, down, 1);
    red = Plane.of(across, down, 1);
    reds = new int[image.width()];
    greens = new int[image.width()];
    blues = new int[image.width()];
    redPixels = new int[each * each * red.stride()];
    bluePixels = new int[each * each * blue.stride()];
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

  /** Fills the planes with a row of units: 8 rows of color. */
  void load(int unitRow) {
    for (int y = 0; y < SIDE; y++) {
      int top = (unitRow * SIDE + y) * each;
      if (top >= image.height()) {
        for (int row = 0; row < each; row++) {
          luma.repeatRowAbove(y * each + row);
        }
        blue.repeatRowAbove(y);
        red.repeatRowAbove(y);
        continue;
      }
      int pixelsAcross = each * blue.stride();
      for (int row = 0; row < each; row++) {
        separate(image, Math.min(top + row, image.height() - 1));
        convert(y * each + row, row * pixelsAcross, (row + 1) * pixelsAcross);
      }
      average(bluePixels, blue, y);
      average(redPixels, red, y);
    }
  }

  private void separate(Image from, int y) {
    byte[] rgb = from.rgb();
    int start = y * reds.length * 3;
    for (int x = 0; x < reds.length; x++) {
      reds[x] = rgb[start + 3 * x] & 255;
      greens[x] = rgb[start + 3 * x + 1] & 255;
      blues[x] = rgb[start + 3 * x + 2] & 255;
    }
  }

  /** Converts a row of pixels to row {@code y} of luma and to a part of the colors' pixels. */
  private void convert(int y, int from, int to) {
    int start = y * luma.stride();
    weigh(luma.samples, start, 19595, 38470, 7471, HALF - LUMA_OFFSET);
    padRight(luma.samples, start + reds.length, start + luma.stride());
    weigh(bluePixels, from, -11059, -21709, 32768, COLOR_HALF);
    padRight(bluePixels, from + reds.length, to);
    weigh(redPixels, from, 32768, -27439, -5329, COLOR_HALF);
    padRight(redPixels, from + reds.length, to);
  }

  private void weigh(int[] to, int at, int red, int green, int blue, int offset) {
    weigh(reds, greens, blues, to, at, red, green, blue, offset);
  }

  private static void weigh(
      int[] r, int[] g, int[] b, int[] to, int at, int wr, int wg, int wb, int offset) {
    for (int x = 0; x < r.length; x++) {
      to[at + x] = wr * r[x] + wg * g[x] + wb * b[x] + offset >> 16;
    }
  }

  private static void padRight(int[] samples, int from, int to) {
    Arrays.fill(samples, from, to, samples[from - 1]);
  }

  private void average(int[] pixels, Plane to, int y) {
    int stride = to.stride();
    if (each == 1) {
      System.arraycopy(pixels, 0, to.samples, y * stride, stride);
      return;
    }
    for (int x = 0; x < 2 * stride; x++) {
      pixels[x] += pixels[2 * stride + x];
    }
    // The rounding alternates between down and up, as libjpeg's does.
    for (int x = 0; x < stride; x++) {
      to.samples[y * stride + x] = pixels[2 * x] + pixels[2 * x + 1] + 1 + (x & 1) >> 2;
    }
  }
}
