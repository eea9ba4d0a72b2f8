package dev.fovea.data;

import static dev.fovea.data.Bytes.ascii;
import static dev.fovea.data.Bytes.u16be;
import static dev.fovea.data.Bytes.u8;

/**
 * The part of a JPEG file before its first scan.
 *
 * @param components 1 (grey), 3 or 4
 * @param adobe the colour transform of the Adobe marker (0 none, 1 YCbCr, 2 YCCK), or -1 without
 *     that marker
 * @param rgb whether three components are stored as RGB instead of YCbCr
 * @param progressive whether the picture comes in many scans
 */
record JpegHeader(
    int width,
    int height,
    int components,
    int bits,
    int adobe,
    boolean rgb,
    boolean progressive,
    int orientation) {

  static JpegHeader read(byte[] b) throws MalformedImage {
    int at = 2;
    int adobe = -1;
    boolean jfif = false;
    int orientation = 1;
    while (true) {
      if (u8(b, at) != 0xff) {
        throw new MalformedImage("a JPEG marker was expected at byte " + at);
      }
      while (u8(b, at) == 0xff) {
        at++;
      }
      int marker = u8(b, at++);
      if (marker == 0x01 || marker >= 0xd0 && marker <= 0xd7) {
        continue;
      }
      if (marker == 0xd9 || marker == 0xda) {
        throw new MalformedImage("the JPEG has no frame header");
      }
      int length = u16be(b, at);
      if (length < 2) {
        throw new MalformedImage("a JPEG segment is " + length + " bytes long");
      }
      if (isFrame(marker)) {
        return frame(b, at, marker, adobe, jfif, orientation);
      }
      if (marker == 0xe0 && ascii(b, at + 2, "JFIF")) {
        jfif = true;
      } else if (marker == 0xee && length >= 14 && ascii(b, at + 2, "Adobe")) {
        adobe = u8(b, at + 13);
      } else if (marker == 0xe1 && ascii(b, at + 2, "Exif\0\0")) {
        orientation = Exif.orientation(b, at + 8, length - 8);
      }
      at += length;
    }
  }

  private static boolean isFrame(int marker) {
    return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
  }

  private static JpegHeader frame(
      byte[] b, int at, int marker, int adobe, boolean jfif, int orientation)
      throws MalformedImage {
    int components = u8(b, at + 7);
    if (components != 1 && components != 3 && components != 4) {
      throw new MalformedImage("a JPEG of " + components + " components is not supported");
    }
    int bits = u8(b, at + 2);
    if (bits != 8 || marker > 0xc2) {
      throw new MalformedImage("only baseline and progressive JPEG of 8 bits are supported");
    }
    boolean namedRgb =
        components == 3 && u8(b, at + 8) == 'R' && u8(b, at + 11) == 'G' && u8(b, at + 14) == 'B';
    boolean rgb = !jfif && (adobe == 0 || adobe < 0 && namedRgb);
    return new JpegHeader(
        u16be(b, at + 5),
        u16be(b, at + 3),
        components,
        bits,
        adobe,
        rgb,
        marker == 0xc2,
        orientation);
  }
}
