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
    HuffmanCoder coder =
        new HuffmanCoder(header(image), (int) Math.min(1 << 30, 4096L + image.rgb().length / 4));
    new Scan(image, coder).write();
    return coder.finish();
  }

  /** The blocks in units of one or four of luma and one of each color. */
  private final class Scan {
    private final HuffmanCoder coder;
    private final UnitRow row;
    private final ForwardDct transform;
    private final int[][] zigzag = new int[JpegTables.BLOCK][];
    private final int blocksAcross;
    private final int blocksDown;
    private int lumaBefore;
    private int blueBefore;
    private int redBefore;

    Scan(Image image, HuffmanCoder coder) {
      this.coder = coder;
      row = new UnitRow(image, sampling);
      transform = new ForwardDct(row, lumaSteps, chromaSteps);
      for (int k = 0; k < JpegTables.BLOCK; k++) {
        zigzag[k] = row.samples()[JpegTables.ZIGZAG[k]];
      }
      blocksAcross = (image.width() + 7) / 8;
      blocksDown = (image.height() + 7) / 8;
    }

    void write() {
      for (int y = 0; y * sampling.pixels < blocksDown; y++) {
        row.load(y);
        transform.transform(row.samples());
        for (int x = 0; x < row.units(); x++) {
          writeLuma(x, y);
          int blue = row.blueLane() + x;
          blueBefore = block(blue, blueBefore, JpegTables.CHROMA_DC, JpegTables.CHROMA_AC);
          int red = row.redLane() + x;
          redBefore = block(red, redBefore, JpegTables.CHROMA_DC, JpegTables.CHROMA_AC);
        }
      }
    }

    /** A block beyond the edge repeats the DC coefficient before it and has no other. */
    private void writeLuma(int x, int y) {
      int side = sampling.pixels;
      for (int r = 0; r < side; r++) {
        for (int column = x * side; column < (x + 1) * side; column++) {
          if (column < blocksAcross && y * side + r < blocksDown) {
            int lane = row.lumaLane(r, column);
            lumaBefore = block(lane, lumaBefore, JpegTables.LUMA_DC, JpegTables.LUMA_AC);
          } else {
            coder.empty(JpegTables.LUMA_DC, JpegTables.LUMA_AC);
          }
        }
      }
    }

    /** Writes a block and returns its DC coefficient. */
    private int block(int lane, int before, HuffmanTable dc, HuffmanTable ac) {
      coder.block(zigzag, lane, transform.nonzero(lane), before, dc, ac);
      return zigzag[0][lane];
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
          8,
          (byte) (h >> 8),
          (byte) h,
          (byte) (w >> 8),
          (byte) w,
          3,
          1,
          factors,
          0,
          2,
          0x11,
          1,
          3,
          0x11,
          1
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
