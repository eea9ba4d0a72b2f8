package dev.fovea.data.decode;

import static dev.fovea.data.image.Bytes.ascii;

import java.util.OptionalInt;

/**
 * The one XMP property that changes what is seen: {@code tiff:Orientation}, as an attribute or an
 * element.
 */
final class Xmp {
  private static final String NAME = "tiff:Orientation";

  private Xmp() {}

  /**
   * The orientation that an XMP packet states, found as Pillow's {@code getexif} finds it: the
   * first {@code tiff:Orientation="D} or {@code tiff:Orientation>D} with a digit D.
   *
   * @param b holds the packet at {@code at}, in UTF-8
   * @return 0..9, empty where the packet has none
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
