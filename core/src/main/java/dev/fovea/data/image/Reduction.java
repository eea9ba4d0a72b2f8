package dev.fovea.data.image;

import java.util.Arrays;

/**
 * Shrinks an image by an integer factor. Each output pixel is the mean of a square block, or of a
 * partial block at the right and bottom edges. Byte-identical to Pillow's {@code Image.reduce}.
 *
 * <p>Rows are added from top to bottom, so the whole image need not be in memory. Used by one
 * thread. Source: Pillow's Reduce.c.
 */
public final class Reduction {
  private final int width;
  private final int height;
  private final int factor;
  private final Image out;
  private final int[] sums;
  private int row;

  /** Starts the reduction of an image of {@code width} columns and {@code height} rows. */
  public Reduction(int width, int height, int factor) {
    this.width = width;
    this.height = height;
    this.factor = factor;
    this.out = Image.black(parts(width, factor), parts(height, factor));
    this.sums = new int[out.width() * Image.CHANNELS];
  }

  /** The smallest factor that leaves at most {@code most} pixels. */
  public static int factor(int width, int height, int most) {
    int factor = 1;
    while ((long) parts(width, factor) * parts(height, factor) > most) {
      factor++;
    }
    return factor;
  }

  /**
   * Reduces {@code in} to at most {@code most} pixels; returns {@code in} itself if it has no more.
   */
  public static Image within(Image in, int most) {
    int factor = factor(in.width(), in.height(), most);
    if (factor == 1) {
      return in;
    }
    Reduction reduction = new Reduction(in.width(), in.height(), factor);
    reduction.add(in.rgb(), in.height());
    return reduction.image();
  }

  private static int parts(int length, int factor) {
    return (length + factor - 1) / factor;
  }

  /**
   * Adds the next rows.
   *
   * @param rgb starts with {@code rows} interleaved rows
   * @param rows a multiple of the factor, except at the end of the image
   */
  public void add(byte[] rgb, int rows) {
    for (int y = 0; y < rows; y += factor) {
      int n = Math.min(factor, rows - y);
      for (int r = 0; r < n; r++) {
        sum(rgb, (y + r) * width * Image.CHANNELS);
      }
      emit(n);
    }
  }

  private void sum(byte[] rgb, int start) {
    int at = start;
    for (int x = 0, o = 0; x < width; x += factor, o += Image.CHANNELS) {
      for (int end = Math.min(width, x + factor), i = x; i < end; i++, at += Image.CHANNELS) {
        sums[o] += rgb[at] & 255;
        sums[o + 1] += rgb[at + 1] & 255;
        sums[o + 2] += rgb[at + 2] & 255;
      }
    }
  }

  private void emit(int rows) {
    int last = sums.length - Image.CHANNELS;
    int to = row * sums.length;
    mean(0, last, rows * factor, to);
    mean(last, sums.length, rows * (width - (out.width() - 1) * factor), to);
    Arrays.fill(sums, 0);
    row++;
  }

  private void mean(int from, int end, int pixels, int to) {
    // Pillow divides in single precision here.
    long reciprocal = (long) (0x1p32f / (256f * pixels));
    for (int i = from; i < end; i++) {
      out.rgb()[to + i] = (byte) ((sums[i] + pixels / 2) * reciprocal >> 24);
    }
  }

  /**
   * The reduced image, after all rows have been added.
   *
   * @throws IllegalStateException if rows are missing
   */
  public Image image() {
    if (row != out.height()) {
      throw new IllegalStateException(
          "only " + row * factor + " of " + height + " rows were reduced");
    }
    return out;
  }
}
