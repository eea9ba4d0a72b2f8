package dev.fovea.data.encode;

import dev.fovea.data.image.Image;

/**
 * The samples of a row of coding units, less 128: 8 rows of color, and of luma 8 or, where four
 * pixels share a color, 16. One row of units is there at a time. Not safe for several threads.
 *
 * <p>The samples of all blocks lie phase by phase: sample (y, x) of the block in lane n is element
 * n of array {@code 8 * y + x}, so that whatever is done to a block is done to all of them in loops
 * over the lanes, which C2 vectorizes. The lanes are the rows of luma blocks, then one row of blue
 * and one of red.
 *
 * <p>Rounding and padding are libjpeg's: luma repeats the last pixel and row; color repeats the
 * last pixel of a row and, for an odd height, the last row, before four pixels are averaged, and
 * the last row of averages after. Source: jccolor.c, jcsample.c, jcprepct.c.
 */
final class UnitRow {
  private static final int SIDE = 8;
  private static final int HALF = 1 << 15;

  /** Half, rounded down, as libjpeg rounds color. */
  private static final int COLOR_HALF = HALF - 1;

  private static final int LUMA_OFFSET = 128 << 16;

  private final Image image;
  private final int each;
  private final int across;
  private final int units;
  private final int lanes;
  private final int[][] samples;
  private final int[] reds;
  private final int[] greens;
  private final int[] blues;
  private final int[] row;
  private final int[] redSums;
  private final int[] blueSums;

  UnitRow(Image image, ChromaSampling sampling) {
    this.image = image;
    each = sampling.pixels;
    units = (image.width() + SIDE * each - 1) / (SIDE * each);
    across = units * each;
    lanes = each * across + 2 * units;
    samples = new int[JpegTables.BLOCK][lanes];
    reds = new int[across * SIDE];
    greens = new int[across * SIDE];
    blues = new int[across * SIDE];
    row = new int[across * SIDE];
    redSums = new int[across * SIDE];
    blueSums = new int[across * SIDE];
  }

  int[][] samples() {
    return samples;
  }

  int lanes() {
    return lanes;
  }

  /** Units in the row. */
  int units() {
    return units;
  }

  /** The lane of a luma block, by its row in the unit and its column in the image. */
  int lumaLane(int blockRow, int column) {
    return blockRow * across + column;
  }

  /** The lane of the first block of blue. */
  int blueLane() {
    return each * across;
  }

  /** The lane of the first block of red. */
  int redLane() {
    return blueLane() + units;
  }

  /** Takes a row of units, the first of which is 0, from the image. */
  void load(int unitRow) {
    for (int y = 0; y < SIDE; y++) {
      int top = (unitRow * SIDE + y) * each;
      if (top >= image.height()) {
        repeatRowAbove(y);
        continue;
      }
      for (int r = 0; r < each; r++) {
        separate(Math.min(top + r, image.height() - 1));
        weigh(19595, 38470, 7471, HALF - LUMA_OFFSET);
        store(row, y * each + r);
        weigh(-11059, -21709, 32768, COLOR_HALF);
        gather(blueSums, r);
        weigh(32768, -27439, -5329, COLOR_HALF);
        gather(redSums, r);
      }
      storeColor(blueSums, y, blueLane());
      storeColor(redSums, y, redLane());
    }
  }

  private void repeatRowAbove(int y) {
    for (int r = 0; r < each; r++) {
      int to = y * each + r;
      for (int x = 0; x < SIDE; x++) {
        System.arraycopy(
            phase(to - 1, x), lumaLane(to - 1 >> 3, 0), phase(to, x), lumaLane(to >> 3, 0), across);
      }
    }
    for (int x = 0; x < SIDE; x++) {
      System.arraycopy(phase(y - 1, x), blueLane(), phase(y, x), blueLane(), 2 * units);
    }
  }

  /** The samples of column {@code x} of a row of the unit. */
  private int[] phase(int y, int x) {
    return samples[(y & 7) * SIDE + x];
  }

  /** A row of pixels, phase by phase; the last pixel is repeated. */
  private void separate(int y) {
    byte[] rgb = image.rgb();
    int width = image.width();
    int start = y * width * 3;
    int last = start + (width - 1) * 3;
    for (int x = 0; x < SIDE; x++) {
      int there = Math.max(0, (width - x + SIDE - 1) / SIDE);
      int to = x * across;
      int from = start + 3 * x;
      for (int n = 0; n < there; n++) {
        reds[to + n] = rgb[from + 24 * n] & 255;
        greens[to + n] = rgb[from + 24 * n + 1] & 255;
        blues[to + n] = rgb[from + 24 * n + 2] & 255;
      }
      for (int n = there; n < across; n++) {
        reds[to + n] = rgb[last] & 255;
        greens[to + n] = rgb[last + 1] & 255;
        blues[to + n] = rgb[last + 2] & 255;
      }
    }
  }

  private void weigh(int red, int green, int blue, int offset) {
    weigh(reds, greens, blues, row, red, green, blue, offset);
  }

  private static void weigh(
      int[] r, int[] g, int[] b, int[] to, int wr, int wg, int wb, int offset) {
    for (int i = 0; i < to.length; i++) {
      to[i] = wr * r[i] + wg * g[i] + wb * b[i] + offset >> 16;
    }
  }

  private void store(int[] from, int y) {
    for (int x = 0; x < SIDE; x++) {
      System.arraycopy(from, x * across, phase(y, x), lumaLane(y >> 3, 0), across);
    }
  }

  private void gather(int[] sums, int r) {
    if (r == 0) {
      System.arraycopy(row, 0, sums, 0, row.length);
    } else {
      add(sums, row);
    }
  }

  private static void add(int[] sums, int[] more) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += more[i];
    }
  }

  private void storeColor(int[] sums, int y, int lane) {
    if (each == 1) {
      for (int x = 0; x < SIDE; x++) {
        System.arraycopy(sums, x * across, phase(y, x), lane, across);
      }
      return;
    }
    for (int x = 0; x < SIDE / 2; x++) {
      int[] left = phase(y, x);
      int[] right = phase(y, x + SIDE / 2);
      int a = 2 * x * across;
      int b = a + across;
      // The rounding alternates between down and up, as libjpeg's does.
      int half = 1 + (x & 1);
      for (int n = 0; n < units; n++) {
        left[lane + n] = sums[a + 2 * n] + sums[b + 2 * n] + half >> 2;
        right[lane + n] = sums[a + 2 * n + 1] + sums[b + 2 * n + 1] + half >> 2;
      }
    }
  }
}
