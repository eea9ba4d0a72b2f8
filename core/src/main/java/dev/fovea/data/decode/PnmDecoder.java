package dev.fovea.data.decode;

import static dev.fovea.data.image.Bytes.u16be;
import static dev.fovea.data.image.Bytes.u8;

import dev.fovea.data.decode.ImageHeader.Color;
import dev.fovea.data.image.Image;
import dev.fovea.data.image.MalformedImage;

/**
 * Decodes Netpbm bitmaps, graymaps and pixmaps, text (P1, P2, P3) and binary (P4, P5, P6). Samples
 * are scaled to 8 bits, rounding half to even as in Pillow; graymap samples of more than 8 bits
 * keep their high byte.
 */
final class PnmDecoder {
  private static final int LONGEST_NUMBER = 10;

  private final byte[] b;
  private int at = 2;

  private PnmDecoder(byte[] b) {
    this.b = b;
  }

  static boolean accepts(byte[] b) {
    return b.length > 2
        && b[0] == 'P'
        && b[1] >= '1'
        && b[1] <= '6'
        && (isSpace(b[2]) || b[2] == '#');
  }

  private static boolean isSpace(byte c) {
    return c == ' ' || c >= '\t' && c <= '\r';
  }

  private static boolean isBitmap(byte[] b) {
    return b[1] == '1' || b[1] == '4';
  }

  static ImageHeader header(byte[] b) throws MalformedImage {
    PnmDecoder in = new PnmDecoder(b);
    int width = in.number();
    int height = in.number();
    int largest = isBitmap(b) ? 1 : in.number();
    if (largest < 1 || largest > 65535) {
      throw new MalformedImage("its maximum sample value is " + largest + ", expected 1 to 65535");
    }
    Color color = b[1] == '3' || b[1] == '6' ? Color.RGB : Color.GREY;
    int bits = largest > 255 ? 16 : isBitmap(b) ? 1 : 8;
    return new ImageHeader(ImageFormat.PNM, width, height, color, bits, 1);
  }

  /** Decodes a file whose header {@link #header} has accepted. */
  static Image decode(byte[] b, ImageHeader header) throws MalformedImage {
    PnmDecoder in = new PnmDecoder(b);
    in.number();
    in.number();
    int largest = isBitmap(b) ? 1 : in.number();
    Image image = Image.black(header.width(), header.height());
    int channels = header.color() == Color.RGB ? 3 : 1;
    if (b[1] == '4') {
      in.bits(image);
      return image;
    }
    boolean text = b[1] <= '3';
    int size = largest > 255 ? 2 : 1;
    long samples = header.pixels() * channels;
    if (!text && samples * size > b.length - in.at) {
      throw new MalformedImage("the file ends early");
    }
    // P1 does not require spaces between its digits.
    boolean digits = b[1] == '1';
    for (int i = 0, o = 0; i < samples; i++) {
      int v;
      if (digits) {
        v = 1 - in.digit();
      } else if (text) {
        v = in.number();
        if (v > largest) {
          throw new MalformedImage("sample " + v + " is above the maximum of " + largest);
        }
      } else {
        v = size == 1 ? u8(b, in.at) : u16be(b, in.at);
        in.at += size;
      }
      byte scaled = scale(v, largest, channels == 1 && size == 2);
      for (int k = 0; k < 3 / channels; k++) {
        image.rgb()[o++] = scaled;
      }
    }
    return image;
  }

  /** Scales to 8 bits; deep gray is scaled to 16 bits and keeps the high byte. */
  private static byte scale(int v, int largest, boolean deepGray) {
    if (deepGray) {
      return (byte) (Math.min(65535, (int) Math.rint((double) v / largest * 65535)) >> 8);
    }
    return (byte) (largest == 255 ? v : Math.min(255, (int) Math.rint((double) v / largest * 255)));
  }

  /** Eight pixels per byte, rows padded to bytes; 1 is black. */
  private void bits(Image image) throws MalformedImage {
    int rowBytes = image.width() + 7 >> 3;
    if ((long) rowBytes * image.height() > b.length - at) {
      throw new MalformedImage("the file ends early");
    }
    for (int y = 0, o = 0; y < image.height(); y++, at += rowBytes) {
      for (int x = 0; x < image.width(); x++, o += 3) {
        byte v = (byte) ((u8(b, at + (x >> 3)) >> 7 - (x & 7) & 1) - 1);
        image.rgb()[o] = v;
        image.rgb()[o + 1] = v;
        image.rgb()[o + 2] = v;
      }
    }
  }

  private int digit() throws MalformedImage {
    skipSpace();
    int v = b[at++] - '0';
    if (v != 0 && v != 1) {
      throw new MalformedImage("a pixel of the bitmap is neither 0 nor 1");
    }
    return v;
  }

  /**
   * Reads a decimal number and the whitespace character after it; comments may even occur inside
   * it.
   */
  private int number() throws MalformedImage {
    skipSpace();
    long v = 0;
    int digits = 0;
    while (at < b.length && !isSpace(b[at])) {
      if (b[at] == '#') {
        skipComment();
        continue;
      }
      int digit = b[at] - '0';
      if (digit < 0 || digit > 9 || digits == LONGEST_NUMBER) {
        throw new MalformedImage("it has '" + (char) u8(b, at) + "' where a number is expected");
      }
      v = v * 10 + digit;
      digits++;
      at++;
    }
    at++;
    if (v > Integer.MAX_VALUE) {
      throw new MalformedImage("the number " + v + " in its header is too large");
    }
    return (int) v;
  }

  private void skipSpace() throws MalformedImage {
    while (at < b.length && (isSpace(b[at]) || b[at] == '#')) {
      if (b[at] == '#') {
        skipComment();
      } else {
        at++;
      }
    }
    if (at >= b.length) {
      throw new MalformedImage("the file ends early");
    }
  }

  /** Skips to the end of the line, including the line break. */
  private void skipComment() {
    while (at < b.length && b[at] != '\n' && b[at] != '\r') {
      at++;
    }
    at++;
  }
}
