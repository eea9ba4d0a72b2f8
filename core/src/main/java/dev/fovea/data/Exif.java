package dev.fovea.data;

import static dev.fovea.data.Bytes.u16be;
import static dev.fovea.data.Bytes.u16le;

/**
 * The one EXIF entry that changes what is seen: the orientation of the camera (tag 0x0112 of the
 * first directory).
 */
final class Exif {
  private static final int ORIENTATION = 0x0112;

  private Exif() {}

  /** Orientation 1..8 from the TIFF structure at {@code at}; 1 where it is absent or damaged. */
  static int orientation(byte[] b, int at, int length) {
    if (length < 14 || at < 0 || length > b.length - at) {
      return 1;
    }
    boolean little = b[at] == 'I';
    long directory =
        little ? Bytes.i32le(b, at + 4) & 0xffffffffL : Bytes.i32be(b, at + 4) & 0xffffffffL;
    if (directory + 2 > length) {
      return 1;
    }
    int first = at + (int) directory;
    int entries = u16(b, first, little);
    for (int i = 0; i < entries; i++) {
      int entry = first + 2 + 12 * i;
      if (entry + 12 > at + length) {
        return 1;
      }
      if (u16(b, entry, little) == ORIENTATION) {
        int value = u16(b, entry + 8, little);
        return value >= 1 && value <= 8 ? value : 1;
      }
    }
    return 1;
  }

  private static int u16(byte[] b, int at, boolean little) {
    return little ? u16le(b, at) : u16be(b, at);
  }

  /**
   * The picture as it was seen by the camera's owner; orientations as in the EXIF standard, 5..8
   * swap the sides.
   */
  static Image upright(Image in, int orientation) {
    if (orientation <= 1) {
      return in;
    }
    int w = in.width();
    int h = in.height();
    boolean swap = orientation >= 5;
    Image out = Image.black(swap ? h : w, swap ? w : h);
    for (int y = 0; y < h; y++) {
      for (int x = 0; x < w; x++) {
        int ox =
            switch (orientation) {
              case 2, 3 -> w - 1 - x;
              case 4 -> x;
              case 5, 8 -> y;
              default -> h - 1 - y;
            };
        int oy =
            switch (orientation) {
              case 2 -> y;
              case 3, 4 -> h - 1 - y;
              case 5, 6 -> x;
              default -> w - 1 - x;
            };
        System.arraycopy(in.rgb(), (y * w + x) * 3, out.rgb(), (oy * out.width() + ox) * 3, 3);
      }
    }
    return out;
  }
}
