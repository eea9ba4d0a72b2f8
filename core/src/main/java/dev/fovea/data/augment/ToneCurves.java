package dev.fovea.data.augment;

import dev.fovea.data.image.Image;

/**
 * Tone adjustments by a lookup table of 256 entries per channel; byte-identical to Pillow.
 *
 * <p>Sources: Pillow's {@code ImageEnhance.py} with {@code Blend.c} (binary32, rounded toward
 * zero), and {@code ImageOps.py}.
 */
final class ToneCurves {
  private static final int LEVELS = 256;

  private ToneCurves() {}

  /** Blends black with the image: factor 0 gives black, 1 the image, 2 twice the brightness. */
  static Image brightness(Image in, double factor) {
    return map(in, blend(0, (float) factor));
  }

  /** Blends the mean gray level with the image. */
  static Image contrast(Image in, double factor) {
    byte[] rgb = in.rgb();
    long sum = 0;
    for (int i = 0; i < rgb.length; i += 3) {
      sum += Image.gray(rgb, i);
    }
    int mean = (int) ((double) sum / (rgb.length / 3) + 0.5);
    return map(in, blend(mean, (float) factor));
  }

  /** Keeps the {@code bits} highest bits of every value. */
  static Image posterize(Image in, int bits) {
    byte[] table = new byte[LEVELS];
    for (int v = 0; v < LEVELS; v++) {
      table[v] = (byte) (v & -(1 << 8 - bits));
    }
    return map(in, table);
  }

  /** Inverts every value of at least {@code threshold}. */
  static Image solarize(Image in, double threshold) {
    byte[] table = new byte[LEVELS];
    for (int v = 0; v < LEVELS; v++) {
      table[v] = (byte) (v < threshold ? v : 255 - v);
    }
    return map(in, table);
  }

  /** Stretches each channel so that its minimum becomes 0 and its maximum 255. */
  static Image autocontrast(Image in) {
    int[][] counts = histograms(in);
    byte[][] tables = new byte[3][LEVELS];
    for (int c = 0; c < 3; c++) {
      int low = 0;
      int high = LEVELS - 1;
      while (low < LEVELS && counts[c][low] == 0) {
        low++;
      }
      while (high > low && counts[c][high] == 0) {
        high--;
      }
      double scale = high > low ? 255.0 / (high - low) : 1;
      double offset = high > low ? -low * scale : 0;
      for (int v = 0; v < LEVELS; v++) {
        tables[c][v] = Image.clip((int) (v * scale + offset));
      }
    }
    return map(in, tables[0], tables[1], tables[2]);
  }

  /** Equalizes the histogram of each channel. */
  static Image equalize(Image in) {
    int[][] counts = histograms(in);
    byte[][] tables = new byte[3][];
    for (int c = 0; c < 3; c++) {
      tables[c] = equalizationTable(counts[c], in.width() * in.height());
    }
    return map(in, tables[0], tables[1], tables[2]);
  }

  private static byte[] equalizationTable(int[] counts, int pixels) {
    int last = LEVELS - 1;
    while (counts[last] == 0) {
      last--;
    }
    int step = (pixels - counts[last]) / 255;
    byte[] table = new byte[LEVELS];
    int n = step / 2;
    for (int v = 0; v < LEVELS; v++) {
      table[v] = step == 0 ? (byte) v : Image.clip(n / step);
      n += counts[v];
    }
    return table;
  }

  private static int[][] histograms(Image in) {
    int[][] counts = new int[3][LEVELS];
    byte[] rgb = in.rgb();
    for (int i = 0; i < rgb.length; i += 3) {
      counts[0][rgb[i] & 255]++;
      counts[1][rgb[i + 1] & 255]++;
      counts[2][rgb[i + 2] & 255]++;
    }
    return counts;
  }

  /** Table that blends {@code from} (factor 0) with every value (factor 1). */
  private static byte[] blend(int from, float factor) {
    byte[] table = new byte[LEVELS];
    for (int v = 0; v < LEVELS; v++) {
      table[v] = blend(from, v, factor);
    }
    return table;
  }

  /** Pillow's blend of two values. */
  static byte blend(int from, int to, float factor) {
    return Image.clip((int) (from + factor * (to - from)));
  }

  /** Replaces every value by its entry in {@code table}. */
  static Image map(Image in, byte[] table) {
    byte[] from = in.rgb();
    byte[] to = new byte[from.length];
    for (int i = 0; i < from.length; i++) {
      to[i] = table[from[i] & 255];
    }
    return new Image(in.width(), in.height(), to);
  }

  /** Replaces every value by its entry in its channel's table. */
  static Image map(Image in, byte[] red, byte[] green, byte[] blue) {
    byte[] from = in.rgb();
    byte[] to = new byte[from.length];
    for (int i = 0; i < from.length; i += 3) {
      to[i] = red[from[i] & 255];
      to[i + 1] = green[from[i + 1] & 255];
      to[i + 2] = blue[from[i + 2] & 255];
    }
    return new Image(in.width(), in.height(), to);
  }
}
