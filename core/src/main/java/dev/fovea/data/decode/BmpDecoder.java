package dev.fovea.data.decode;

import static dev.fovea.data.image.Bytes.i32le;
import static dev.fovea.data.image.Bytes.u16le;

import dev.fovea.data.image.Image;
import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.image.UnsupportedImage;

/**
 * Decodes 16-bit BMPs, which the JDK's reader converts differently from Pillow: channels of 5 or 6
 * bits are scaled to 0..255 and rounded down.
 */
final class BmpDecoder {
  private static final int BIT_FIELDS = 3;

  /** Length of the OS/2 header, which has no compression field and no row order. */
  private static final int CORE_HEADER = 12;

  private BmpDecoder() {}

  static Image decode16Bit(byte[] b, ImageHeader header) throws MalformedImage {
    boolean core = i32le(b, 14) == CORE_HEADER;
    int packing = core ? 0 : i32le(b, 30);
    int green = 0x3e0;
    if (packing == BIT_FIELDS) {
      green = i32le(b, 58);
      int red = i32le(b, 54);
      boolean known = red == 0xf800 && green == 0x7e0 || red == 0x7c00 && green == 0x3e0;
      if (!known || i32le(b, 62) != 0x1f) {
        throw new UnsupportedImage("only BMP masks of 5-5-5 and 5-6-5 bits are supported");
      }
    } else if (packing != 0) {
      throw new MalformedImage("a 16-bit BMP cannot have compression " + packing);
    }
    int greens = green == 0x7e0 ? 63 : 31;
    int shift = green == 0x7e0 ? 11 : 10;
    int rowBytes = (header.width() * 2 + 3) / 4 * 4;
    long from = i32le(b, 10) & 0xffffffffL;
    if (from + (long) rowBytes * header.height() > b.length) {
      throw new MalformedImage("the file ends early");
    }
    boolean topDown = !core && i32le(b, 22) < 0;
    Image image = Image.black(header.width(), header.height());
    for (int y = 0, o = 0; y < header.height(); y++) {
      int row = (int) from + (topDown ? y : header.height() - 1 - y) * rowBytes;
      for (int x = 0; x < header.width(); x++, o += 3) {
        int v = u16le(b, row + 2 * x);
        image.rgb()[o] = (byte) ((v >> shift & 31) * 255 / 31);
        image.rgb()[o + 1] = (byte) ((v >> 5 & greens) * 255 / greens);
        image.rgb()[o + 2] = (byte) ((v & 31) * 255 / 31);
      }
    }
    return image;
  }
}
