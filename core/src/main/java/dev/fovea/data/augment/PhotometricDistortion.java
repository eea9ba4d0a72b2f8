package dev.fovea.data.augment;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.Picture;
import dev.fovea.tensor.Rng;

/**
 * The color distortion of TensorFlow's Inception: brightness shifted by at most 32/255, saturation
 * scaled by 0.5 to 1.5, hue rotated by at most 0.2 of the color circle, contrast scaled by 0.5 to
 * 1.5.
 *
 * <p>Values are in 0..1, may leave that range between steps, and are clipped only at the end. They
 * are then rounded to bytes, unlike in TensorFlow. Contrast is scaled about each channel's mean;
 * saturation and hue are those of HSV. Source: {@code distort_color} in tensorflow/models {@code
 * inception/image_processing.py}; kernels {@code adjust_saturation_op.cc}, {@code adjust_hue_op.cc}
 * and {@code adjust_contrast_op.cc}.
 *
 * @param order order of the steps; TensorFlow alternates between the two by reader thread
 * @param strength scales all ranges: 1 as above, 0 disables; the batch normalization paper calls
 *     for "less" without giving a number
 */
public record PhotometricDistortion(Order order, double strength) implements Augment {
  /** The order of the steps. */
  public enum Order {
    /** Brightness, saturation, hue, contrast: {@code color_ordering} 0. */
    CONTRAST_LAST,
    /** Brightness, contrast, saturation, hue: {@code color_ordering} 1. */
    HUE_LAST,
    /** One of the two, chosen at random for each image. */
    EITHER
  }

  /** Checks the range. */
  public PhotometricDistortion {
    if (!(strength >= 0 && strength <= 2)) {
      throw new DataException(
          "photometric distortion: the strength must lie in [0, 2], got " + strength);
    }
  }

  @Override
  public Image apply(Picture picture, Draw draw) {
    Image in = picture.whole();
    Rng rng = draw.rng();
    boolean hueLast =
        switch (order) {
          case CONTRAST_LAST -> false;
          case HUE_LAST -> true;
          case EITHER -> rng.nextBoolean();
        };
    Change change =
        new Change(
            around(rng) * 32 / 255,
            1 + around(rng) * 0.5,
            around(rng) * 0.2,
            1 + around(rng) * 0.5);
    return hueLast ? change.hueLast(in) : change.contrastLast(in);
  }

  private double around(Rng rng) {
    return rng.nextDouble(-strength, strength);
  }

  /**
   * The distortion of one image. Values are fixed point with 16 fractional bits, accurate to 0.02
   * of a byte level.
   *
   * @param brightness added
   * @param saturation factor
   * @param hue rotation, as a fraction of the color circle
   * @param contrast factor
   */
  record Change(double brightness, double saturation, double hue, double contrast) {
    private static final int BITS = 16;
    private static final int ONE = 1 << BITS;

    Image contrastLast(Image in) {
      int[] bright = table(0, 1);
      byte[] rgb = in.rgb();
      int[] values = new int[rgb.length];
      Turn turn = new Turn(fixed(saturation), fixed(6 * hue));
      for (int i = 0; i < rgb.length; i += 3) {
        turn.pixel(
            bright[rgb[i] & 255], bright[rgb[i + 1] & 255], bright[rgb[i + 2] & 255], values, i);
      }
      byte[] out = new byte[rgb.length];
      int factor = fixed(contrast);
      for (int c = 0; c < 3; c++) {
        long sum = 0;
        for (int i = c; i < values.length; i += 3) {
          sum += values[i];
        }
        int mean = (int) Math.rint((double) sum / (values.length / 3));
        for (int i = c; i < values.length; i += 3) {
          out[i] = toByte((int) ((long) (values[i] - mean) * factor >> BITS) + mean);
        }
      }
      return new Image(in.width(), in.height(), out);
    }

    Image hueLast(Image in) {
      byte[] rgb = in.rgb();
      int[][] tables = new int[3][];
      for (int c = 0; c < 3; c++) {
        long sum = 0;
        for (int i = c; i < rgb.length; i += 3) {
          sum += rgb[i] & 255;
        }
        tables[c] = table(sum / (rgb.length / 3 * 255.0) + brightness, contrast);
      }
      byte[] out = new byte[rgb.length];
      int[] pixel = new int[3];
      Turn turn = new Turn(fixed(saturation), fixed(6 * hue));
      for (int i = 0; i < rgb.length; i += 3) {
        turn.pixel(
            tables[0][rgb[i] & 255],
            tables[1][rgb[i + 1] & 255],
            tables[2][rgb[i + 2] & 255],
            pixel,
            0);
        out[i] = toByte(pixel[0]);
        out[i + 1] = toByte(pixel[1]);
        out[i + 2] = toByte(pixel[2]);
      }
      return new Image(in.width(), in.height(), out);
    }

    /** For every byte: brightness added, then the distance from {@code mean} scaled. */
    private int[] table(double mean, double factor) {
      int[] table = new int[256];
      for (int v = 0; v < 256; v++) {
        table[v] = fixed((v / 255.0 + brightness - mean) * factor + mean);
      }
      return table;
    }

    private static int fixed(double v) {
      return (int) Math.rint(v * ONE);
    }

    private static byte toByte(int value) {
      return (byte) (Math.max(0, Math.min(ONE, value)) * 255 + ONE / 2 >> BITS);
    }
  }

  /**
   * Scales the saturation and rotates the hue. Let v be the maximum of a pixel's channels and d its
   * difference from the minimum. Scaling by s maps d to min(d s, v). Hue is a position on a hexagon
   * of circumference 6, and each channel is v minus d times a trapezoidal function of that
   * position.
   */
  private record Turn(int saturation, int sixHues) {
    private static final int BITS = Change.BITS;
    private static final int ONE = Change.ONE;
    private static final int SIX = 6 * ONE;

    void pixel(int r, int g, int b, int[] out, int o) {
      int v = Math.max(r, Math.max(g, b));
      int range = v - Math.min(r, Math.min(g, b));
      long d = Math.min((long) range * saturation >> BITS, Math.max(v, 0));
      int side = r == v ? g - b : g == v ? b - r : r - g;
      int corner = r == v ? 0 : g == v ? 2 * ONE : 4 * ONE;
      // A gray pixel has no hue; since its d is 0, any value works.
      int place = corner + (int) (side * (float) ONE / (range | (range == 0 ? 1 : 0))) + sixHues;
      place += place < 0 ? SIX : 0;
      place -= place >= SIX ? SIX : 0;
      out[o] = v - below(place + 5 * ONE, d);
      out[o + 1] = v - below(place + 3 * ONE, d);
      out[o + 2] = v - below(place + ONE, d);
    }

    private static int below(int place, long d) {
      int k = place - (place >= SIX ? SIX : 0);
      return (int) (d * Math.max(0, Math.min(ONE, Math.min(k, 4 * ONE - k))) >> BITS);
    }
  }
}
