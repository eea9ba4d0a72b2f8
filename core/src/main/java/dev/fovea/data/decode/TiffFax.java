package dev.fovea.data.decode;

import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.image.UnsupportedImage;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.Iterator;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes fax-compressed strips of a TIFF (CCITT run lengths, T.4, T.6) with the JDK's reader. The
 * reader never sees the file itself, only a well-formed TIFF built around a single strip.
 */
final class TiffFax {
  static final int RUN_LENGTHS = 2;
  static final int T4 = 3;
  static final int T6 = 4;

  private static final int SHORT = 3;
  private static final int LONG = 4;

  private TiffFax() {}

  /** Decodes a strip to one byte per pixel, 0 or 1, without row padding. */
  static byte[] unpack(TiffDirectory d, byte[] data, int width, int height)
      throws MalformedImage, IOException {
    byte[] file = wrap(d, data, width, height);
    Iterator<ImageReader> readers = ImageIO.getImageReadersByFormatName("TIFF");
    if (!readers.hasNext()) {
      throw new UnsupportedImage("this Java has no reader for fax-compressed TIFF");
    }
    ImageReader reader = readers.next();
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(file))) {
      reader.setInput(in, true, true);
      BufferedImage image = reader.read(0);
      if (image.getWidth() != width || image.getHeight() != height) {
        throw new MalformedImage("a strip of the TIFF differs in size from its directory entry");
      }
      byte[] bits = new byte[width * height];
      int[] row = new int[width];
      for (int y = 0; y < height; y++) {
        image.getRGB(0, y, width, 1, row, 0, width);
        for (int x = 0; x < width; x++) {
          bits[y * width + x] = (byte) (row[x] & 1);
        }
      }
      return bits;
    } finally {
      reader.dispose();
    }
  }

  private static byte[] wrap(TiffDirectory d, byte[] data, int width, int height) {
    int[][] fields = {
      {TiffDirectory.WIDTH, LONG, width},
      {TiffDirectory.HEIGHT, LONG, height},
      {TiffDirectory.BITS, SHORT, 1},
      {TiffDirectory.COMPRESSION, SHORT, d.get(TiffDirectory.COMPRESSION, 1)},
      {TiffDirectory.PHOTOMETRIC, SHORT, 1},
      {TiffDirectory.STRIP_OFFSETS, LONG, 0},
      {TiffDirectory.SAMPLES, SHORT, 1},
      {TiffDirectory.ROWS_PER_STRIP, LONG, height},
      {TiffDirectory.STRIP_BYTES, LONG, data.length},
      {TiffDirectory.T4_OPTIONS, LONG, d.get(TiffDirectory.T4_OPTIONS, 0)},
      {TiffDirectory.T6_OPTIONS, LONG, d.get(TiffDirectory.T6_OPTIONS, 0)}
    };
    int start = 8 + 2 + 12 * fields.length + 4;
    ByteBuffer out = ByteBuffer.allocate(start + data.length);
    out.put(new byte[] {'M', 'M', 0, 42}).putInt(8).putShort((short) fields.length);
    for (int[] f : fields) {
      int value = f[0] == TiffDirectory.STRIP_OFFSETS ? start : f[2];
      out.putShort((short) f[0]).putShort((short) f[1]).putInt(1);
      if (f[1] == SHORT) {
        out.putShort((short) value).putShort((short) 0);
      } else {
        out.putInt(value);
      }
    }
    return out.putInt(0).put(data).array();
  }
}
