package dev.fovea.data.jpeg;

import static dev.fovea.data.image.Bytes.ascii;
import static dev.fovea.data.image.Bytes.u16be;
import static dev.fovea.data.image.Bytes.u8;

import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.image.UnsupportedImage;

/**
 * The header of a JPEG file: everything before its first scan.
 *
 * @param width pixels per row
 * @param height rows
 * @param components samples per pixel: 1 (gray), 3 or 4
 * @param bits per sample
 * @param adobe the color transform of the Adobe marker (0 none, 1 YCbCr, 2 YCCK), or -1 if there is
 *     no such marker
 * @param rgb whether three components are stored as RGB instead of YCbCr
 */
public record JpegHeader(int width, int height, int components, int bits, int adobe, boolean rgb) {

  /**
   * Reads the header of a file that starts with an SOI marker.
   *
   * @throws MalformedImage if the file is of a kind that is not supported, or damaged
   * @throws IndexOutOfBoundsException if the file ends before its frame header does
   */
  public static JpegHeader read(byte[] b) throws MalformedImage {
    JpegMarkers markers = new JpegMarkers(b);
    Segments seen = new Segments();
    try {
      for (int m = markers.next(); m != JpegMarkers.SOS; m = markers.next()) {
        if (m == JpegMarkers.EOI) {
          throw new MalformedImage("the JPEG has no scan");
        }
        seen.add(b, m, markers.start(), markers.length());
      }
    } catch (IndexOutOfBoundsException e) {
      if (seen.frame < 0) {
        throw e;
      }
      // The frame header is enough to check the size; the decoder reports the truncation.
    }
    return seen.header(b);
  }

  /** Collects the segments before the first scan. */
  private static final class Segments {
    private int frame = -1;
    private int adobe = -1;
    private boolean jfif;

    void add(byte[] b, int marker, int at, int length) throws MalformedImage {
      if (JpegMarkers.isFrame(marker)) {
        checkFrame(b, at, marker);
        frame = at;
      } else if (marker == JpegMarkers.APP0 && length >= 16 && ascii(b, at + 2, "JFIF\0")) {
        jfif = true;
      } else if (marker == JpegMarkers.APP14 && length >= 14 && ascii(b, at + 2, "Adobe")) {
        adobe = u8(b, at + 13);
      }
    }

    JpegHeader header(byte[] b) throws MalformedImage {
      if (frame < 0) {
        throw new MalformedImage("the JPEG has no frame header");
      }
      int components = u8(b, frame + 7);
      u8(b, frame + 7 + 3 * components);
      boolean namedRgb =
          components == 3
              && u8(b, frame + 8) == 'R'
              && u8(b, frame + 11) == 'G'
              && u8(b, frame + 14) == 'B';
      return new JpegHeader(
          u16be(b, frame + 5),
          u16be(b, frame + 3),
          components,
          u8(b, frame + 2),
          adobe,
          !jfif && (adobe == 0 || adobe < 0 && namedRgb));
    }

    private static String kind(int bits, int marker) {
      if (bits != 8) {
        return "of " + bits + " bits";
      }
      return switch (marker) {
        case 0xc3 -> "lossless";
        case 0xc9, 0xca -> "arithmetic-coded";
        case 0xcb -> "lossless and arithmetic-coded";
        default -> "hierarchical";
      };
    }

    private static void checkFrame(byte[] b, int at, int marker) throws MalformedImage {
      int components = u8(b, at + 7);
      if (components != 1 && components != 3 && components != 4) {
        throw new UnsupportedImage("a JPEG with " + components + " components is not supported");
      }
      int bits = u8(b, at + 2);
      if (bits != 8 || marker > JpegMarkers.SOF2) {
        throw new UnsupportedImage(
            "the JPEG is "
                + kind(bits, marker)
                + "; only 8-bit baseline and progressive JPEG are supported");
      }
      if (u16be(b, at + 3) == 0) {
        throw new UnsupportedImage("a JPEG that states its height after its scan is not supported");
      }
    }
  }
}
