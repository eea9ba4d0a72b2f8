package dev.fovea.data.decode;

import static dev.fovea.data.image.Bytes.ascii;

import java.util.OptionalInt;

/** Reads the XMP property {@code tiff:Orientation}, stored as an attribute or an element. */
final class Xmp {
  private static final String NAME = "tiff:Orientation";

  private Xmp() {}

  /**
   * Finds the orientation in an XMP packet as Pillow's {@code getexif} does: the first {@code
   * tiff:Orientation="D} or {@code tiff:Orientation>D} with a digit D.
   *
   * @param b contains the packet at {@code at}, in UTF-8
   * @return 0..9; empty if the packet has no orientation
   */
  static OptionalInt find(byte[] b, int at, int length) {
    int end = Math.min(b.length, at + length) - NAME.length() - 1;
    for (int i = at; i < end; i++) {
      if (b[i] != 't' || !ascii(b, i, NAME)) {
        continue;
      }
      int value = i + NAME.length();
      if (b[value] == '>') {
        value++;
      } else if (ascii(b, value, "=\"")) {
        value += 2;
      } else {
        continue;
      }
      if (value < at + length && value < b.length && b[value] >= '0' && b[value] <= '9') {
        return OptionalInt.of(b[value] - '0');
      }
    }
    return OptionalInt.empty();
  }
}
