package dev.fovea.data.jpeg;

import dev.fovea.data.image.MalformedImage;
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

  /** Decodes the only scan as bands are asked for. */
  private static final class Streamed extends BandSource {
    private final Scan scan;
    private final ScanData data;
    private final SequentialDecoder decoder;
    private final int[][][] nowhere;
    private int row;

    /** MCUs up to the next restart marker. */
    private int left;

    Streamed(byte[] file, JpegFile jpeg, Window window) {
      super(jpeg, window);
      scan = jpeg.scans().get(0);
      data = new ScanData(file, scan.start(), scan.end());
      decoder = new SequentialDecoder(scan, jpeg.frame());
      nowhere = new int[decoder.blocks()][Zigzag.PLACES.length][1];
      left = scan.interval() == 0 ? Integer.MAX_VALUE : scan.interval();
    }

    @Override
    void read(Band band, int first, int rows) throws MalformedImage {
      int wide = jpeg.frame().mcusWide();
      int[][][] targets = new int[decoder.blocks()][][];
      int blocks = 0;
      for (int c = 0; c < scan.parts().size(); c++) {
        Component component = jpeg.frame().components().get(c);
        for (int b = 0; b < component.h() * component.v(); b++) {
          targets[blocks++] = band.zigzag(c, b);
        }
      }
      skip((first - row) * wide);
      for (row = first; row < first + rows; row++) {
        skip(window.left());
        decode(targets, (row - first) * window.wide(), 1, window.wide());
        skip(wide - window.right());
      }
    }

    private void skip(int mcus) throws MalformedImage {
      decode(nowhere, 0, 0, mcus);
    }

    private void decode(int[][][] targets, int lane, int step, int mcus) throws MalformedImage {
      int done = 0;
      while (done < mcus) {
        if (left == 0) {
          data.restart();
          decoder.restart();
          left = scan.interval();
        }
        int n = Math.min(left, mcus - done);
        decoder.decode(data.reader(), targets, lane + done * step, step, n);
        done += n;
        if (scan.interval() > 0) {
          left -= n;
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
        for (int b = 0; b < component.h() * component.v(); b++) {
          int[][] to = band.block(c, b);
          for (int y = 0; y < rows; y++) {
            int blockRow = (first + y) * component.v() + b / component.h();
            for (int x = window.left(); x < window.right(); x++) {
              int column = x * component.h() + b % component.h();
              // What fills the last MCU holds no samples.
              if (blockRow < component.high() && column < component.wide()) {
                int lane = y * window.wide() + x - window.left();
                load(c, blockRow, column, to, lane);
              }
            }
          }
        }
      }
    }

    private void load(int c, int y, int x, int[][] to, int lane) {
      short[] from = coefficients.row(c, y);
      int at = x * Zigzag.BLOCK;
      if (smoothing != null) {
        System.arraycopy(from, at, copy, 0, Zigzag.BLOCK);
        smoothing[c].smooth(x, y, copy);
        from = copy;
        at = 0;
      }
      for (int p = 0; p < Zigzag.BLOCK; p++) {
        to[p][lane] = from[at + p];
      }
    }
  }
}
