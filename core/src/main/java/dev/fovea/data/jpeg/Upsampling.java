package dev.fovea.data.jpeg;

import org.jspecify.annotations.Nullable;

/**
 * Makes pixels of the samples of one component, row by row of the MCUs of a band.
 *
 * <p>Where a sample covers two pixels, a pixel gets three quarters of the nearer sample and a
 * quarter of the next, in a row, a column or both; elsewhere samples are repeated. Source: {@code
 * h2v1_fancy_upsample}, {@code h1v2_fancy_upsample} and {@code h2v2_fancy_upsample} of
 * libjpeg-turbo's jdsample.c, whose rounding alternates.
 *
 * <p>Used by one thread.
 */
final class Upsampling {
  private final Plane plane;
  private final int component;
  private final int[][] row;
  private final int[][] sums;
  private final int[][] above;
  private final int[][] below;
  private final int[] left;
  private final int[] right;

  /**
   * Takes the arrays of an upsampling.
   *
   * @param lanes as long as the largest band
   */
  Upsampling(Plane plane, int component, Lanes lanes) {
    this.plane = plane;
    this.component = component;
    int width = plane.tileWidth();
    this.row = new int[width * plane.stretch()][];
    boolean computed = plane.smooth() || plane.smoothDown();
    if (computed) {
      for (int x = 0; x < row.length; x++) {
        row[x] = lanes.take();
      }
    }
    this.sums = plane.smoothDown() && plane.smooth() ? lanes.take(width) : new int[0][];
    this.above = lanes.take(plane.smoothDown() ? width : 0);
    this.below = lanes.take(plane.smoothDown() ? width : 0);
    this.left = plane.smooth() ? lanes.take() : new int[0];
    this.right = plane.smooth() ? lanes.take() : new int[0];
  }

  /** Repeats the last column of the image, after the transform of a band. */
  void extend(Band band, Window window, int rows) {
    int width = plane.tileWidth();
    int columns = plane.width() - (window.right() - 1) * width;
    if (plane.smooth() && columns < width) {
      for (int y = 0; y < plane.tileHeight(); y++) {
        int[] from = band.samples(component, y, columns - 1);
        int[] to = band.samples(component, y, columns);
        for (int i = window.wide() - 1; i < rows * window.wide(); i += window.wide()) {
          to[i] = from[i];
        }
      }
    }
  }

  /**
   * Prepares for the rows of a band. At the bottom of the image its last row is repeated.
   *
   * @param place rows of MCUs above the band in the image
   * @param next the band below; none at the bottom of the window
   */
  void start(Band band, int place, int rows, Window window, @Nullable Band next) {
    if (!plane.smoothDown()) {
      return;
    }
    int wide = window.wide();
    int height = plane.tileHeight();
    int last = (rows - 1) * wide;
    int high = plane.height() - (place + rows - 1) * height;
    for (int x = 0; x < plane.tileWidth(); x++) {
      int[] bottom = band.samples(component, height - 1, x);
      if (high < height) {
        System.arraycopy(
            band.samples(component, high - 1, x),
            last,
            band.samples(component, high, x),
            last,
            wide);
      }
      int[] top = band.samples(component, 0, x);
      if (place == window.top()) {
        System.arraycopy(top, 0, above[x], 0, wide);
      }
      System.arraycopy(bottom, 0, above[x], wide, last);
      System.arraycopy(top, wide, below[x], 0, last);
      int[] from = next == null ? bottom : next.samples(component, 0, x);
      System.arraycopy(from, next == null ? last : 0, below[x], last, wide);
    }
  }

  /** Keeps what the band below needs, after the last row. */
  void end(Band band, int rows, Window window) {
    for (int x = 0; x < above.length; x++) {
      int[] bottom = band.samples(component, plane.tileHeight() - 1, x);
      System.arraycopy(bottom, (rows - 1) * window.wide(), above[x], 0, window.wide());
    }
  }

  /**
   * The pixels of a row.
   *
   * @param y row within the MCUs
   * @param wide MCUs per row of the band
   * @param n lanes
   * @return an array for each column of pixels of an MCU; valid until the next call
   */
  int[][] row(Band band, int y, int wide, int n) {
    int width = plane.tileWidth();
    int from = y / plane.stretchDown();
    if (!plane.smooth() && !plane.smoothDown()) {
      for (int x = 0; x < row.length; x++) {
        row[x] = band.samples(component, from, x / plane.stretch());
      }
      return row;
    }
    boolean lower = y % 2 == 1;
    if (!plane.smooth()) {
      for (int x = 0; x < width; x++) {
        blend(band.samples(component, from, x), neighbor(band, from, lower, x), row[x], lower, n);
      }
      return row;
    }
    if (plane.smoothDown()) {
      for (int x = 0; x < width; x++) {
        weigh(band.samples(component, from, x), neighbor(band, from, lower, x), sums[x], n);
      }
    }
    shift(column(band, from, width - 1), column(band, from, 0), wide, n);
    int bits = plane.smoothDown() ? 4 : 2;
    int half = 1 << bits - 1;
    for (int x = 0; x < width; x++) {
      int[] own = column(band, from, x);
      int[] before = x == 0 ? left : column(band, from, x - 1);
      int[] after = x == width - 1 ? right : column(band, from, x + 1);
      // Rounding is (8, 7) / 16 for both directions, (1, 2) / 4 for one.
      interpolate(own, before, row[2 * x], plane.smoothDown() ? half : half - 1, bits, n);
      interpolate(own, after, row[2 * x + 1], plane.smoothDown() ? half - 1 : half, bits, n);
    }
    return row;
  }

  private int[] column(Band band, int y, int x) {
    return plane.smoothDown() ? sums[x] : band.samples(component, y, x);
  }

  private int[] neighbor(Band band, int y, boolean lower, int x) {
    if (lower) {
      return y == plane.tileHeight() - 1 ? below[x] : band.samples(component, y + 1, x);
    }
    return y == 0 ? above[x] : band.samples(component, y - 1, x);
  }

  /** Sets {@link #left} and {@link #right} to the columns beside an MCU; edges are repeated. */
  private void shift(int[] last, int[] first, int wide, int n) {
    System.arraycopy(last, 0, left, 1, n - 1);
    System.arraycopy(first, 1, right, 0, n - 1);
    for (int i = 0; i < n; i += wide) {
      left[i] = first[i];
      right[i + wide - 1] = last[i + wide - 1];
    }
  }

  private static void weigh(int[] near, int[] far, int[] out, int n) {
    for (int i = 0; i < n; i++) {
      out[i] = 3 * near[i] + far[i];
    }
  }

  private static void blend(int[] near, int[] far, int[] out, boolean lower, int n) {
    interpolate(near, far, out, lower ? 2 : 1, 2, n);
  }

  private static void interpolate(int[] near, int[] far, int[] out, int round, int bits, int n) {
    for (int i = 0; i < n; i++) {
      out[i] = 3 * near[i] + far[i] + round >> bits;
    }
  }
}
