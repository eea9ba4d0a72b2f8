package dev.fovea.data.jpeg;

import dev.fovea.data.image.MalformedImage;
import java.util.Arrays;

/**
 * All coefficients of an image that has several scans, two bytes each: row-major within a block,
 * not multiplied by the quantization table.
 */
final class Coefficients {
  private final Frame frame;

  /** For each component a row of blocks per array. */
  private final short[][][] rows;

  /**
   * For each component and place of the zigzag sequence the bit position down to which the
   * coefficient is known, or -1 if no scan has held it ({@code coef_bits} of libjpeg).
   */
  private final int[][] known;

  private Coefficients(Frame frame) {
    this.frame = frame;
    int count = frame.components().size();
    rows = new short[count][][];
    known = new int[count][Zigzag.BLOCK];
    for (int c = 0; c < count; c++) {
      Component component = frame.components().get(c);
      rows[c] = new short[component.allHigh()][component.allWide() * Zigzag.BLOCK];
      Arrays.fill(known[c], -1);
    }
  }

  /** Bytes that the coefficients of a frame take. */
  static long bytes(Frame frame) {
    long blocks = 0;
    for (Component c : frame.components()) {
      blocks += (long) c.allWide() * c.allHigh();
    }
    return blocks * Zigzag.BLOCK * Short.BYTES;
  }

  /**
   * Decodes all scans of a file.
   *
   * @throws MalformedImage if the data of a scan ends early
   */
  static Coefficients decode(byte[] file, JpegFile jpeg) throws MalformedImage {
    Coefficients all = new Coefficients(jpeg.frame());
    ScanData data = null;
    for (Scan scan : jpeg.scans()) {
      data = new ScanData(file, scan.start(), scan.end());
      all.mark(scan);
      all.decode(scan, data);
    }
    if (!jpeg.ended() && !(data != null && data.isUsedUp() && all.isComplete())) {
      throw new MalformedImage("the file ends early");
    }
    return all;
  }

  private void mark(Scan scan) {
    for (Scan.Part part : scan.parts()) {
      Arrays.fill(known[part.component()], scan.from(), scan.to() + 1, scan.low());
    }
  }

  private boolean isComplete() {
    return Arrays.stream(known).flatMapToInt(Arrays::stream).allMatch(bits -> bits == 0);
  }

  private void decode(Scan scan, ScanData data) throws MalformedImage {
    StoredBlocks blocks = StoredBlocks.of(scan, data.reader(), frame.progressive());
    Component only = frame.components().get(scan.parts().get(0).component());
    int wide = scan.isInterleaved() ? frame.mcusWide() : only.wide();
    int high = scan.isInterleaved() ? frame.mcusHigh() : only.high();
    int left = scan.interval() == 0 ? Integer.MAX_VALUE : scan.interval();
    for (int y = 0; y < high; y++) {
      for (int x = 0; x < wide; x++) {
        if (left == 0) {
          data.restart();
          blocks.restart();
          left = scan.interval();
        }
        if (scan.interval() > 0) {
          left--;
        }
        if (scan.isInterleaved()) {
          decodeMcu(scan, blocks, x, y);
        } else {
          int component = scan.parts().get(0).component();
          blocks.decode(0, rows[component][y], x * Zigzag.BLOCK);
        }
        data.reader().check();
      }
    }
  }

  private void decodeMcu(Scan scan, StoredBlocks blocks, int x, int y) {
    for (int p = 0; p < scan.parts().size(); p++) {
      int index = scan.parts().get(p).component();
      Component c = frame.components().get(index);
      for (int v = 0; v < c.v(); v++) {
        short[] row = rows[index][y * c.v() + v];
        for (int h = 0; h < c.h(); h++) {
          blocks.decode(p, row, (x * c.h() + h) * Zigzag.BLOCK);
        }
      }
    }
  }

  /** The blocks of a row of a component, one after the other. */
  short[] row(int component, int y) {
    return rows[component][y];
  }

  /** See {@link #known}. */
  int[] known(int component) {
    return known[component];
  }
}
