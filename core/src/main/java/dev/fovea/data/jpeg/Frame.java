package dev.fovea.data.jpeg;

import static dev.fovea.data.image.Bytes.u16be;
import static dev.fovea.data.image.Bytes.u8;

import dev.fovea.data.image.MalformedImage;
import java.util.ArrayList;
import java.util.List;

/**
 * The frame header: size and components of the image.
 *
 * @param progressive whether scans refine each other
 * @param h largest horizontal sampling factor; 1 if there is one component
 * @param v largest vertical sampling factor, likewise
 */
record Frame(int width, int height, boolean progressive, List<Component> components, int h, int v) {
  /** Largest width and height that libjpeg reads ({@code JPEG_MAX_DIMENSION} of jmorecfg.h). */
  private static final int MOST = 65_500;

  private static final int MOST_FACTOR = 4;

  /**
   * Reads a frame header (T.81, B.2.2) that {@link JpegHeader} has accepted.
   *
   * @param at offset of the segment's length field
   */
  static Frame read(byte[] b, int at, boolean progressive) throws MalformedImage {
    int count = u8(b, at + 7);
    int height = u16be(b, at + 3);
    int width = u16be(b, at + 5);
    if (u16be(b, at) != 8 + 3 * count) {
      throw new MalformedImage("the frame header of the JPEG has a wrong length");
    }
    if (Math.max(width, height) > MOST) {
      throw new MalformedImage(
          "the JPEG is " + width + "x" + height + " pixels, more than " + MOST + " on a side");
    }
    int most = 1;
    int mostRows = 1;
    for (int c = 0; c < count; c++) {
      int factors = u8(b, at + 9 + 3 * c);
      if (Math.min(factors >> 4, factors & 15) < 1
          || Math.max(factors >> 4, factors & 15) > MOST_FACTOR) {
        throw new MalformedImage("a sampling factor of the JPEG is not in 1 to " + MOST_FACTOR);
      }
      most = Math.max(most, factors >> 4);
      mostRows = Math.max(mostRows, factors & 15);
    }
    List<Component> components = new ArrayList<>();
    for (int c = 0; c < count; c++) {
      int entry = at + 8 + 3 * c;
      int h = u8(b, entry + 1) >> 4;
      int v = u8(b, entry + 1) & 15;
      components.add(
          new Component(
              u8(b, entry),
              count == 1 ? 1 : h,
              count == 1 ? 1 : v,
              u8(b, entry + 2),
              parts(width * h, 8 * most),
              parts(height * v, 8 * mostRows),
              parts(width, 8 * most) * h,
              parts(height, 8 * mostRows) * v,
              v));
    }
    boolean alone = count == 1;
    return new Frame(
        width,
        height,
        progressive,
        List.copyOf(components),
        alone ? 1 : most,
        alone ? 1 : mostRows);
  }

  /** MCUs of a scan of all components, per row. */
  int mcusWide() {
    return parts(width, 8 * h);
  }

  /** Rows of such MCUs. */
  int mcusHigh() {
    return parts(height, 8 * v);
  }

  static int parts(int length, int part) {
    return (length + part - 1) / part;
  }
}
