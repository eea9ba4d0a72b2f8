package dev.fovea.data.decode;

import static dev.fovea.data.image.Bytes.ascii;
import static dev.fovea.data.image.Bytes.i32be;
import static dev.fovea.data.image.Bytes.i32le;
import static dev.fovea.data.image.Bytes.u16le;
import static dev.fovea.data.image.Bytes.u8;

import dev.fovea.data.decode.ImageHeader.Color;
import dev.fovea.data.image.Bytes;
import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.image.UnsupportedImage;
import dev.fovea.data.jpeg.JpegHeader;
import java.util.OptionalInt;

/** Reads the header of an encoded image; one method per format. */
final class HeaderReader {
  private HeaderReader() {}

  static ImageHeader read(byte[] b) throws MalformedImage {
    if (b.length == 0) {
      throw new MalformedImage("the file is empty");
    }
    if (b.length > 2 && u8(b, 0) == 0xff && u8(b, 1) == 0xd8) {
      JpegHeader j = JpegHeader.read(b);
      Color color = j.components() == 1 ? Color.GREY : j.components() == 4 ? Color.CMYK : Color.RGB;
      return new ImageHeader(
          ImageFormat.JPEG, j.width(), j.height(), color, j.bits(), JpegOrientation.of(b));
    }
    if (ascii(b, 1, "PNG\r\n\u001a\n") && u8(b, 0) == 0x89) {
      return png(b);
    }
    if (ascii(b, 0, "GIF87a") || ascii(b, 0, "GIF89a")) {
      return gif(b);
    }
    if (ascii(b, 0, "RIFF") && ascii(b, 8, "WEBP")) {
      return webp(b);
    }
    if (ascii(b, 0, "BM")) {
      return bmp(b);
    }
    if (TiffDirectory.accepts(b)) {
      return TiffDecoder.read(b);
    }
    if (PnmDecoder.accepts(b)) {
      return PnmDecoder.header(b);
    }
    throw new UnsupportedImage(
        "it is "
            + unsupportedFormat(b)
            + "; supported formats are JPEG, PNG, GIF, BMP, WebP, TIFF and PNM");
  }

  /** Names the format of a file that cannot be read. */
  private static String unsupportedFormat(byte[] b) {
    if (ascii(b, 4, "ftypavi")) {
      return "AVIF";
    }
    if (ascii(b, 4, "ftyphe") || ascii(b, 4, "ftypmif1") || ascii(b, 4, "ftypmsf1")) {
      return "HEIF";
    }
    if (ascii(b, 4, "JXL ") || b.length > 1 && u8(b, 0) == 0xff && u8(b, 1) == 0x0a) {
      return "JPEG XL";
    }
    if (ascii(b, 4, "jP  ")) {
      return "JPEG 2000";
    }
    if (ascii(b, 0, "8BPS")) {
      return "a Photoshop document";
    }
    if (ascii(b, 0, "%PDF")) {
      return "PDF";
    }
    return "of an unknown format";
  }

  private static ImageHeader png(byte[] b) throws MalformedImage {
    if (!ascii(b, 12, "IHDR")) {
      throw new MalformedImage("its first PNG chunk is not IHDR");
    }
    Color color =
        switch (u8(b, 25)) {
          case 0 -> Color.GREY;
          case 2 -> Color.RGB;
          case 3 -> Color.PALETTE;
          case 4 -> Color.GREY_ALPHA;
          case 6 -> Color.RGB_ALPHA;
          default -> throw new MalformedImage("PNG color type " + u8(b, 25) + " is invalid");
        };
    return new ImageHeader(
        ImageFormat.PNG, i32be(b, 16), i32be(b, 20), color, u8(b, 24), PngOrientation.of(b));
  }

  /**
   * The size is that of the logical screen, enlarged to hold the first frame, which is drawn on it.
   */
  private static ImageHeader gif(byte[] b) throws MalformedImage {
    int width = u16le(b, 6);
    int height = u16le(b, 8);
    int bits = (u8(b, 10) & 7) + 1;
    int at = 13 + ((u8(b, 10) & 0x80) != 0 ? 3 << bits : 0);
    while (u8(b, at) == 0x21) {
      at += 2;
      while (u8(b, at) != 0) {
        at += 1 + u8(b, at);
      }
      at++;
    }
    if (u8(b, at) != 0x2c) {
      throw new MalformedImage("the GIF contains no frame");
    }
    if (u16le(b, at + 5) == 0 || u16le(b, at + 7) == 0) {
      throw new MalformedImage("the GIF's first frame has no pixels");
    }
    int right = u16le(b, at + 1) + u16le(b, at + 5);
    int bottom = u16le(b, at + 3) + u16le(b, at + 7);
    return new ImageHeader(
        ImageFormat.GIF, Math.max(width, right), Math.max(height, bottom), Color.PALETTE, bits, 1);
  }

  private static ImageHeader bmp(byte[] b) throws MalformedImage {
    int size = i32le(b, 14);
    if (size != 12 && (size < 40 || size > 200)) {
      throw new UnsupportedImage("BMP header length " + size + " is unknown");
    }
    if (size != 12) {
      checkBmpPacking(b);
    }
    int width = size == 12 ? u16le(b, 18) : i32le(b, 18);
    int height = size == 12 ? u16le(b, 20) : i32le(b, 22);
    int bits = size == 12 ? u16le(b, 24) : u16le(b, 28);
    Color color = bits <= 8 ? Color.PALETTE : Color.RGB;
    return new ImageHeader(
        ImageFormat.BMP,
        width,
        height == Integer.MIN_VALUE ? 0 : Math.abs(height),
        color,
        bits <= 16 ? bits : 8,
        1);
  }

  /**
   * Accepts only uncompressed, run-length encoded and bit-mask BMPs. For embedded JPEG and PNG the
   * JDK's decoder would allocate whatever the header claims before decoding.
   */
  private static void checkBmpPacking(byte[] b) throws MalformedImage {
    int packing = i32le(b, 30);
    if (packing < 0 || packing > 3) {
      throw new UnsupportedImage("BMP compression " + packing + " is not supported");
    }
    int packed = i32le(b, 34);
    if (packed < 0 || packed > b.length) {
      throw new MalformedImage(
          "the BMP header claims " + packed + " bytes of pixels, the file has " + b.length);
    }
  }

  private static ImageHeader webp(byte[] b) throws MalformedImage {
    if (ascii(b, 12, "VP8 ")) {
      return new ImageHeader(
          ImageFormat.WEBP, u16le(b, 26) & 0x3fff, u16le(b, 28) & 0x3fff, Color.RGB, 8, 1);
    }
    if (ascii(b, 12, "VP8L")) {
      int v = i32le(b, 21);
      Color color = (v >>> 28 & 1) != 0 ? Color.RGB_ALPHA : Color.RGB;
      return new ImageHeader(
          ImageFormat.WEBP, (v & 0x3fff) + 1, (v >>> 14 & 0x3fff) + 1, color, 8, 1);
    }
    if (ascii(b, 12, "VP8X")) {
      Color color = (u8(b, 20) & 0x10) != 0 ? Color.RGB_ALPHA : Color.RGB;
      int width = (i32le(b, 23) >>> 8) + 1;
      int height = (i32le(b, 26) >>> 8) + 1;
      return new ImageHeader(ImageFormat.WEBP, width, height, color, 8, webpOrientation(b));
    }
    throw new MalformedImage("its first WebP chunk is '" + Bytes.text(b, 12, 4) + "'");
  }

  private static int webpOrientation(byte[] b) {
    OptionalInt exif = OptionalInt.empty();
    OptionalInt xmp = OptionalInt.empty();
    for (int at = 12; at + 8 <= b.length; ) {
      int length = i32le(b, at + 4);
      if (length < 0 || length > b.length - at - 8) {
        break;
      }
      if (ascii(b, at, "EXIF")) {
        exif = Exif.find(b, at + 8, length);
      } else if (ascii(b, at, "XMP ")) {
        xmp = Xmp.find(b, at + 8, length);
      }
      at += 8 + length + (length & 1);
    }
    return Exif.orientation(exif, xmp);
  }
}
