package dev.fovea.data.jpeg;

import dev.fovea.data.image.MalformedImage;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Gives the coefficients of bands, from top to bottom. Used by one thread. */
abstract sealed class BandSource {
  final JpegFile jpeg;
  final Window window;

  private BandSource(JpegFile jpeg, Window window) {
    this.jpeg = jpeg;
    this.window = window;
  }

  /** Opens a file. */
  static BandSource of(byte[] file, JpegFile jpeg, Window window) throws MalformedImage {
    return jpeg.isSingleScan() ? new Streamed(file, jpeg, window) : new Stored(file, jpeg, window);
  }

  /**
   * Reads the next rows of MCUs of the window into a band that is clear.
   *
   * @throws MalformedImage if the data ends early
   */
  abstract void read(Band band, int row, int rows) throws MalformedImage;

  /**
   * Checks after the last row of the image that its end was found.
   *
   * @throws MalformedImage if it was not
   */
  void finish() throws MalformedImage {}

  /** Factors of a component, continued; zeros if no scan has held it. */
  final int[] factors(int component) {
    int[] table = jpeg.quantization().get(component);
    return SequentialBlocks.factors(table == null ? new int[Zigzag.BLOCK] : table);
  }

  /** Decodes the only scan as bands are asked for. */
  private static final class Streamed extends BandSource {
    private final Scan scan;
    private final ScanData data;
    private final SequentialBlocks decoder;
    private final int[] before;
    private final int[][] factors;
    private final int[][] nowhere = new int[Zigzag.BLOCK][1];
    private int row;
    private int left;

    Streamed(byte[] file, JpegFile jpeg, Window window) {
      super(jpeg, window);
      scan = jpeg.scans().get(0);
      data = new ScanData(file, scan.start(), scan.end());
      decoder = new SequentialBlocks(data.reader());
      before = new int[scan.parts().size()];
      factors = new int[before.length][];
      for (int c = 0; c < factors.length; c++) {
        factors[c] = factors(c);
      }
      left = scan.interval() == 0 ? Integer.MAX_VALUE : scan.interval();
    }

    @Override
    void read(Band band, int first, int rows) throws MalformedImage {
      int wide = jpeg.frame().mcusWide();
      for (; row < first; row++) {
        readRow(null, 0, wide, 0);
      }
      for (; row < first + rows; row++) {
        readRow(null, 0, window.left(), 0);
        readRow(band, window.left(), window.right(), (row - first) * window.wide());
        readRow(null, window.right(), wide, 0);
      }
    }

    /** Decodes MCUs of a row into lanes from {@code lane}, or nowhere. */
    private void readRow(@Nullable Band band, int from, int to, int lane) throws MalformedImage {
      List<Scan.Part> parts = scan.parts();
      int blocks = 0;
      int[][][] targets = new int[Zigzag.BLOCK][][];
      for (int c = 0; c < parts.size(); c++) {
        Component component = jpeg.frame().components().get(c);
        for (int b = 0; b < component.h() * component.v(); b++) {
          targets[blocks++] = band == null ? nowhere : band.block(c, b);
        }
      }
      for (int x = from; x < to; x++) {
        if (left == 0) {
          data.restart();
          java.util.Arrays.fill(before, 0);
          left = scan.interval();
        }
        if (scan.interval() > 0) {
          left--;
        }
        int place = band == null ? 0 : lane + x - from;
        int next = 0;
        for (int c = 0; c < before.length; c++) {
          Scan.Part part = parts.get(c);
          Component component = jpeg.frame().components().get(c);
          for (int b = 0; b < component.h() * component.v(); b++) {
            before[c] =
                decoder.decode(part.dc(), part.ac(), factors[c], targets[next++], place, before[c]);
            if (band != null) {
              band.note(c, b, place, decoder.sum());
            }
            data.reader().check();
          }
        }
      }
    }

    @Override
    void finish() throws MalformedImage {
      if (!jpeg.ended() && !data.isUsedUp()) {
        throw new MalformedImage("the file ends early");
      }
    }
  }

  /** Decodes all scans first. */
  private static final class Stored extends BandSource {
    private final Coefficients coefficients;
    private final BlockSmoothing @Nullable [] smoothing;
    private final short[] copy = new short[Zigzag.BLOCK];

    Stored(byte[] file, JpegFile jpeg, Window window) throws MalformedImage {
      super(jpeg, window);
      coefficients = Coefficients.decode(file, jpeg);
      smoothing = BlockSmoothing.of(jpeg, coefficients);
    }

    @Override
    void read(Band band, int first, int rows) {
      for (int c = 0; c < jpeg.frame().components().size(); c++) {
        Component component = jpeg.frame().components().get(c);
        int[] factors = rowMajor(factors(c));
        for (int b = 0; b < component.h() * component.v(); b++) {
          int[][] to = band.block(c, b);
          for (int y = 0; y < rows; y++) {
            int blockRow = (first + y) * component.v() + b / component.h();
            for (int x = window.left(); x < window.right(); x++) {
              int column = x * component.h() + b % component.h();
              // What fills the last MCU holds no samples.
              if (blockRow < component.high() && column < component.wide()) {
                int lane = y * window.wide() + x - window.left();
                band.note(c, b, lane, load(c, blockRow, column, factors, to, lane));
              }
            }
          }
        }
      }
    }

    private static int[] rowMajor(int[] factors) {
      int[] places = new int[Zigzag.BLOCK];
      for (int k = 0; k < Zigzag.BLOCK; k++) {
        places[Zigzag.PLACES[k]] = factors[k];
      }
      return places;
    }

    private long load(int c, int y, int x, int[] factors, int[][] to, int lane) {
      short[] from = coefficients.row(c, y);
      int at = x * Zigzag.BLOCK;
      if (smoothing != null) {
        System.arraycopy(from, at, copy, 0, Zigzag.BLOCK);
        smoothing[c].smooth(x, y, copy);
        from = copy;
        at = 0;
      }
      long sum = 0;
      for (int p = 0; p < Zigzag.BLOCK; p++) {
        int product = from[at + p] * factors[p];
        to[p][lane] = product;
        sum += Math.abs((long) product);
      }
      return sum;
    }
  }
}
