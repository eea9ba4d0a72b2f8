package dev.fovea.data.encode;

import dev.fovea.data.image.DataException;
import dev.fovea.data.image.Image;
import java.io.ByteArrayOutputStream;

/**
 * Writes images as baseline JPEG, byte-equal to libjpeg-turbo with its accurate integer transform
 * and the standard's Huffman tables, which is what Pillow's {@code save} does by default.
 *
 * <p>The file holds a JFIF header without a density and no other metadata. Safe for any number of
 * threads.
 */
public final class JpegEncoder {
  /** The longest side that a JPEG can state. */
  public static final int LONGEST = 65_535;

  private final ChromaSampling sampling;
  private final int[] lumaSteps;
  private final int[] chromaSteps;

  /**
   * An encoder.
   *
   * @param quality 1 to 100, libjpeg's
   * @throws DataException if the quality is out of range
   */
  public JpegEncoder(int quality, ChromaSampling sampling) {
    if (quality < 1 || quality > 100) {
      throw new DataException("the JPEG quality must lie in 1..100, got " + quality);
    }
    this.sampling = sampling;
    lumaSteps = JpegTables.lumaSteps(quality);
    chromaSteps = JpegTables.chromaSteps(quality);
  }

  /**
   * The file of an image.
   *
   * @throws DataException if a side is longer than {@link #LONGEST}
   */
  public byte[] encode(Image image) {
    if (image.width() > LONGEST || image.height() > LONGEST) {
      throw new DataException(
          "an image of "
              + image.width()
              + "x"
              + image.height()
              + " pixels is too long for a JPEG; expected sides of at most "
              + LONGEST
              + "; cut the image");
    }
    YccRows rows = new YccRows(image, sampling);
    HuffmanCoder coder =
        new HuffmanCoder(header(image), (int) Math.min(1 << 30, 4096L + image.rgb().length / 4));
    scan(
        coder,
        rows,
        new Component(
            rows.luma(),
            sampling.pixels,
            new ForwardDct(lumaSteps, rows.luma().blocksAcross()),
            JpegTables.LUMA_DC,
            JpegTables.LUMA_AC),
        chroma(rows.blue()),
        chroma(rows.red()));
    return coder.finish();
  }

  private Component chroma(YccRows.Plane plane) {
    return new Component(
        plane,
        1,
        new ForwardDct(chromaSteps, plane.blocksAcross()),
        JpegTables.CHROMA_DC,
        JpegTables.CHROMA_AC);
  }

  /** The blocks in units of one or four of luma and one of each color. */
  private static void scan(
      HuffmanCoder coder, YccRows rows, Component luma, Component blue, Component red) {
    for (int row = 0; row < blue.plane.blocksDown(); row++) {
      rows.load(row);
      luma.transform(row);
      blue.transform(row);
      red.transform(row);
      for (int unit = 0; unit < blue.plane.blocksAcross(); unit++) {
        luma.write(coder, unit);
        blue.write(coder, unit);
        red.write(coder, unit);
      }
    }
  }

  /** One component during the scan. */
  private static final class Component {
    private final YccRows.Plane plane;
    private final int side;
    private final ForwardDct transform;
    private final HuffmanTable dc;
    private final HuffmanTable ac;
    private final int[][] rows;
    private int rowsThere;
    private int before;

    /** A component with {@code side} x {@code side} blocks in each unit. */
    Component(
        YccRows.Plane plane, int side, ForwardDct transform, HuffmanTable dc, HuffmanTable ac) {
      this.plane = plane;
      this.side = side;
      this.transform = transform;
      this.dc = dc;
      this.ac = ac;
      rows = new int[side][plane.blocksAcross() * JpegTables.BLOCK];
    }

    void transform(int unitRow) {
      rowsThere = Math.min(side, plane.blocksDown() - unitRow * side);
      for (int r = 0; r < rowsThere; r++) {
        transform.row(plane, r, rows[r]);
      }
    }

    /** A block beyond the edge repeats the DC coefficient before it and has no other. */
    void write(HuffmanCoder coder, int unit) {
      for (int r = 0; r < side; r++) {
        for (int c = 0; c < side; c++) {
          int block = unit * side + c;
          if (r < rowsThere && block < plane.blocksAcross()) {
            int at = block * JpegTables.BLOCK;
            coder.block(rows[r], at, before, dc, ac);
            before = rows[r][at];
          } else {
            coder.empty(dc, ac);
          }
        }
      }
    }
  }

  private byte[] header(Image image) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
    out.write(0xff);
    out.write(0xd8);
    segment(out, 0xe0, new byte[] {'J', 'F', 'I', 'F', 0, 1, 1, 0, 0, 1, 0, 1, 0, 0});
    segment(out, 0xdb, steps(0, lumaSteps));
    segment(out, 0xdb, steps(1, chromaSteps));
    int w = image.width();
    int h = image.height();
    byte factors = (byte) (sampling.pixels << 4 | sampling.pixels);
    segment(
        out,
        0xc0,
        new byte[] {
          8, (byte) (h >> 8), (byte) h, (byte) (w >> 8), (byte) w, 3, 1, factors, 0, 2, 0x11, 1, 3,
          0x11, 1
        });
    segment(out, 0xc4, JpegTables.LUMA_DC.segment(0x00));
    segment(out, 0xc4, JpegTables.LUMA_AC.segment(0x10));
    segment(out, 0xc4, JpegTables.CHROMA_DC.segment(0x01));
    segment(out, 0xc4, JpegTables.CHROMA_AC.segment(0x11));
    segment(out, 0xda, new byte[] {3, 1, 0x00, 2, 0x11, 3, 0x11, 0, 63, 0});
    return out.toByteArray();
  }

  private static byte[] steps(int number, int[] steps) {
    byte[] content = new byte[1 + JpegTables.BLOCK];
    content[0] = (byte) number;
    for (int k = 0; k < JpegTables.BLOCK; k++) {
      content[1 + k] = (byte) steps[JpegTables.ZIGZAG[k]];
    }
    return content;
  }

  private static void segment(ByteArrayOutputStream out, int marker, byte[] content) {
    int length = content.length + 2;
    out.write(0xff);
    out.write(marker);
    out.write(length >> 8);
    out.write(length);
    out.writeBytes(content);
  }
}
