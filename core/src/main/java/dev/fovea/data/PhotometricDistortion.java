package dev.fovea.data;

/**
 * The colour distortion of TensorFlow's Inception: brightness shifted by at most 32/255, saturation
 * scaled by 0.5 to 1.5, hue turned by at most 0.2 of the circle, contrast scaled by 0.5 to 1.5.
 *
 * <p>Values are binary32 in 0..1 from the first step to the last and may leave that range on the
 * way; only the result is clipped, and rounded to bytes, which TensorFlow leaves out. Contrast is
 * taken about each channel's mean; saturation and hue turn in HSV. Source: {@code distort_color} in
 * tensorflow/models {@code inception/image_processing.py}; kernels {@code adjust_saturation_op.cc},
 * {@code adjust_hue_op.cc} and {@code adjust_contrast_op.cc}.
 *
 * @param order which of the two orders; TensorFlow takes one per reading thread in turn
 * @param strength scales all ranges: 1 as above, 0 none; the batch norm paper says that its nets
 *     want "less", without a figure
 */
public record PhotometricDistortion(Order order, double strength) implements Augment {
  /** The order of the steps. */
  public enum Order {
    /** Brightness, saturation, hue, contrast: {@code color_ordering} 0. */
    CONTRAST_LAST,
    /** Brightness, contrast, saturation, hue: {@code color_ordering} 1. */
    HUE_LAST,
    /** One of the two by a coin for each picture. */
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
  public Image apply(Image in, Draw draw) {
    Rng rng = draw.rng();
    boolean hueLast =
        switch (order) {
          case CONTRAST_LAST -> false;
          case HUE_LAST -> true;
          case EITHER -> rng.nextBoolean();
        };
    Change change =
        new Change(
            (float) (around(rng) * 32 / 255),
            (float) (1 + around(rng) * 0.5),
            (float) (around(rng) * 0.2),
            (float) (1 + around(rng) * 0.5));
    return hueLast ? change.hueLast(in) : change.contrastLast(in);
  }

  private double around(Rng rng) {
    return rng.nextDouble(-strength, strength);
  }

  /**
   * What is done to one picture.
   *
   * @param brightness added
   * @param saturation factor
   * @param hue turn, as part of the circle
   * @param contrast factor
   */
  record Change(float brightness, float saturation, float hue, float contrast) {
    Image contrastLast(Image in) {
      float[] bright = new float[256];
      for (int v = 0; v < 256; v++) {
        bright[v] = v / 255f + brightness;
      }
      byte[] rgb = in.rgb();
      float[] values = new float[rgb.length];
      double[] sums = new double[3];
      for (int i = 0; i < rgb.length; i += 3) {
        turn(bright[rgb[i] & 255], bright[rgb[i + 1] & 255], bright[rgb[i + 2] & 255], values, i);
        sums[0] += values[i];
        sums[1] += values[i + 1];
        sums[2] += values[i + 2];
      }
      byte[] out = new byte[rgb.length];
      for (int c = 0; c < 3; c++) {
        float mean = (float) (sums[c] / (rgb.length / 3));
        for (int i = c; i < rgb.length; i += 3) {
          out[i] = toByte((values[i] - mean) * contrast + mean);
        }
      }
      return new Image(in.width(), in.height(), out);
    }

    Image hueLast(Image in) {
      byte[] rgb = in.rgb();
      float[][] tables = new float[3][256];
      for (int c = 0; c < 3; c++) {
        long sum = 0;
        for (int i = c; i < rgb.length; i += 3) {
          sum += rgb[i] & 255;
        }
        float mean = (float) (sum / (rgb.length / 3 * 255.0)) + brightness;
        for (int v = 0; v < 256; v++) {
          tables[c][v] = (v / 255f + brightness - mean) * contrast + mean;
        }
      }
      byte[] out = new byte[rgb.length];
      float[] pixel = new float[3];
      for (int i = 0; i < rgb.length; i += 3) {
        turn(
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

    /**
     * Scales the saturation and turns the hue of one pixel. With v the largest value and d its
     * distance to the least, scaling turns d into min(d s, v), and hue is a place on a hexagon of
     * circumference 6; a channel lies below v by d times a trapezium over that place.
     */
    private void turn(float r, float g, float b, float[] out, int o) {
      float v = Math.max(r, Math.max(g, b));
      float range = v - Math.min(r, Math.min(g, b));
      float d = v > 0 ? Math.min(range * saturation, v) : 0;
      float place;
      if (range <= 0) {
        place = 0;
      } else if (r == v) {
        place = (g - b) / range;
      } else if (g == v) {
        place = (b - r) / range + 2;
      } else {
        place = (r - g) / range + 4;
      }
      place += 6 * hue;
      place = place < 0 ? place + 6 : place >= 6 ? place - 6 : place;
      out[o] = v - d * below(place + 5);
      out[o + 1] = v - d * below(place + 3);
      out[o + 2] = v - d * below(place + 1);
    }

    private static float below(float place) {
      float k = place >= 6 ? place - 6 : place;
      return Math.max(0, Math.min(1, Math.min(k, 4 - k)));
    }

    private static byte toByte(float value) {
      return (byte) (int) (Math.max(0, Math.min(1, value)) * 255 + 0.5f);
    }
  }
}
