package dev.fovea.data.image;

import java.util.Arrays;

/**
 * Resizes images with an antialiased separable filter; byte-identical to Pillow's {@code
 * Image.resize}.
 *
 * <p>Filter weights are computed in double, normalized, and rounded to 22-bit fixed point. The
 * horizontal pass comes first and is rounded to 8 bits, then the vertical pass. Source: Pillow's
 * Resample.c; Geometry.c for {@link Interpolation#NEAREST}.
 */
public final class Resize {
  private static final int LONGEST = 1 << 24;
  private static final int PRECISION = 32 - 8 - 2;

  private Resize() {}

  /** Resizes all of {@code in}. */
  public static Image to(Image in, int width, int height, Interpolation filter) {
    return region(in, new Box(0, 0, in.width(), in.height()), width, height, filter);
  }

  /**
   * Resizes the shorter side to {@code side} and keeps the aspect ratio; the longer side is rounded
   * down, as in torchvision's {@code Resize(side)}.
   */
  public static Image shorterSide(Image in, int side, Interpolation filter) {
    Box size = shorterSideSize(in, side);
    return to(in, size.width, size.height, filter);
  }

  /** The size of the result of {@link #shorterSide}, as a box at (0, 0). */
  public static Box shorterSideSize(Image in, int side) {
    return shorterSideSize(in.width(), in.height(), side);
  }

  /** The same for an image of {@code w} columns and {@code h} rows. */
  public static Box shorterSideSize(int w, int h, int side) {
    long longer = (long) side * Math.max(w, h) / Math.min(w, h);
    if (longer > LONGEST) {
      throw new DataException(
          "an image of "
              + w
              + "x"
              + h
              + " is too long and narrow to resize its shorter side to "
              + side
              + "; expected a longer side of at most "
              + LONGEST
              + " afterwards; cut the image");
    }
    return w <= h ? new Box(0, 0, side, (int) longer) : new Box(0, 0, (int) longer, side);
  }

  /** A rectangle of pixels inside an image. */
  public record Box(int left, int top, int width, int height) {
    /** The box that covers all of {@code in}. */
    public static Box of(Image in) {
      return new Box(0, 0, in.width(), in.height());
    }
  }

  /** Crops {@code box}, then resizes; pixels outside the box have no influence. */
  public static Image region(Image in, Box box, int width, int height, Interpolation filter) {
    if (width < 1 || height < 1) {
      throw new DataException(
          "cannot resize to " + width + "x" + height + "; expected at least 1x1");
    }
    return window(in, box, width, height, new Box(0, 0, width, height), filter);
  }

  /**
   * Computes only the part {@code window} of the result of {@link #region}, so a long and narrow
   * image costs no more than its window.
   */
  public static Image window(
      Image in, Box box, int width, int height, Box window, Interpolation filter) {
    if (box.width == width && box.height == height) {
      return in.crop(box.left + window.left, box.top + window.top, window.width, window.height);
    }
    if (filter == Interpolation.NEAREST) {
      return nearest(in, box, width, height, window);
    }
    byte[] pixels = in.rgb();
    int stride = in.width() * 3;
    int start = box.top * stride + box.left * 3;
    Weights down = Weights.of(box.height, height, window.top, window.height, filter);
    if (box.width != width) {
      int firstRow = box.height == height ? window.top : down.least();
      int rows = box.height == height ? window.height : down.most() - firstRow;
      Weights across = Weights.of(box.width, width, window.left, window.width, filter);
      pixels = columns(pixels, start + firstRow * stride, stride, rows, across);
      stride = window.width * 3;
      start = -firstRow * stride;
    } else {
      start += window.left * 3;
    }
    if (box.height != height) {
      pixels = rows(pixels, start, stride, window.width, down);
    }
    return new Image(window.width, window.height, pixels);
  }

  private static Image nearest(Image in, Box box, int width, int height, Box window) {
    Image out = Image.black(window.width, window.height);
    int[] fromX = places(box.width, width);
    int[] fromY = places(box.height, height);
    for (int y = 0; y < window.height; y++) {
      int row = (box.top + fromY[window.top + y]) * in.width() + box.left;
      for (int x = 0; x < window.width; x++) {
        int from = (row + fromX[window.left + x]) * 3;
        System.arraycopy(in.rgb(), from, out.rgb(), (y * window.width + x) * 3, 3);
      }
    }
    return out;
  }

  /**
   * Source index of every output pixel. Accumulates the step as Pillow does, because the rounding
   * of the running sum decides ties.
   */
  private static int[] places(int from, int to) {
    double step = (double) from / to;
    double at = step * 0.5;
    int[] places = new int[to];
    for (int i = 0; i < to; i++) {
      places[i] = Math.min(from - 1, (int) at);
      at += step;
    }
    return places;
  }

  /** For every output position, the first input it reads and its fixed-point weights. */
  private record Weights(int[] first, int[] count, int[] weights, int size) {
    /**
     * Weights of the output positions {@code begin} to {@code begin + places - 1} of {@code to}.
     */
    static Weights of(int from, int to, int begin, int places, Interpolation filter) {
      double scale = (double) from / to;
      double filterScale = Math.max(scale, 1);
      double support = filter.support * filterScale;
      int size = (int) Math.ceil(support) * 2 + 1;
      int[] first = new int[places];
      int[] count = new int[places];
      int[] weights = new int[Math.multiplyExact(places, size)];
      double[] w = new double[size];
      for (int i = 0; i < places; i++) {
        double center = (begin + i + 0.5) * scale;
        int lo = Math.max(0, (int) (center - support + 0.5));
        int n = Math.min(from, (int) (center + support + 0.5)) - lo;
        double sum = 0;
        for (int x = 0; x < n; x++) {
          w[x] = filter.weight((x + lo - center + 0.5) * (1 / filterScale));
          sum += w[x];
        }
        for (int x = 0; x < n; x++) {
          double v = (sum == 0 ? w[x] : w[x] / sum) * (1 << PRECISION);
          weights[i * size + x] = (int) (v < 0 ? v - 0.5 : v + 0.5);
        }
        first[i] = lo;
        count[i] = n;
      }
      return new Weights(first, count, weights, size);
    }

    int least() {
      return first[0];
    }

    int most() {
      return first[first.length - 1] + count[first.length - 1];
    }
  }

  private static byte[] columns(byte[] in, int start, int stride, int rows, Weights w) {
    int width = w.first.length;
    byte[] out = new byte[Math.multiplyExact(Math.multiplyExact(rows, width), 3)];
    for (int y = 0; y < rows; y++) {
      int row = start + y * stride;
      int o = y * width * 3;
      for (int x = 0; x < width; x++, o += 3) {
        int at = row + w.first[x] * 3;
        int k = x * w.size;
        int r = 1 << PRECISION - 1;
        int g = r;
        int b = r;
        for (int end = k + w.count[x]; k < end; k++, at += 3) {
          int v = w.weights[k];
          r += (in[at] & 255) * v;
          g += (in[at + 1] & 255) * v;
          b += (in[at + 2] & 255) * v;
        }
        out[o] = clip(r);
        out[o + 1] = clip(g);
        out[o + 2] = clip(b);
      }
    }
    return out;
  }

  private static byte[] rows(byte[] in, int start, int stride, int width, Weights w) {
    int height = w.first.length;
    int length = width * 3;
    byte[] out = new byte[Math.multiplyExact(height, length)];
    int[] sums = new int[length];
    for (int y = 0; y < height; y++) {
      Arrays.fill(sums, 1 << PRECISION - 1);
      for (int k = 0; k < w.count[y]; k++) {
        int v = w.weights[y * w.size + k];
        int row = start + (w.first[y] + k) * stride;
        for (int i = 0; i < length; i++) {
          sums[i] += (in[row + i] & 255) * v;
        }
      }
      int o = y * length;
      for (int i = 0; i < length; i++) {
        out[o + i] = clip(sums[i]);
      }
    }
    return out;
  }

  private static byte clip(int v) {
    int p = v >> PRECISION;
    return (byte) (p < 0 ? 0 : Math.min(p, 255));
  }
}
