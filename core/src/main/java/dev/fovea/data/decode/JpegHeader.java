package dev.fovea.data.decode;

import static dev.fovea.data.image.Bytes.ascii;
import static dev.fovea.data.image.Bytes.u16be;
import static dev.fovea.data.image.Bytes.u8;

import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.image.UnsupportedImage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * The header of a JPEG file: everything before its first scan.
 *
 * @param sampling sampling factors of the one (gray), three or four components
 * @param adobe the color transform of the Adobe marker (0 none, 1 YCbCr, 2 YCCK), or -1 if there is
 *     no such marker
 * @param rgb whether three components are stored as RGB instead of YCbCr
 * @param progressive whether the image is coded progressively
 * @param orientation EXIF orientation 1..8
 */
record JpegHeader(
    int width,
    int height,
    List<Sampling> sampling,
    int bits,
    int adobe,
    boolean rgb,
    boolean progressive,
    int orientation) {

  private static final String XMP = "http://ns.adobe.com/xap/1.0/\0";

  /** The sampling factors of a component, relative to the others. */
  record Sampling(int horizontal, int vertical) {}

  /** Samples per pixel: 1 (gray), 3 or 4. */
  int components() {
    return sampling.size();
  }

  static JpegHeader read(byte[] b) throws MalformedImage {
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
    private int frameMarker;
    private int adobe = -1;
    private boolean jfif;
    private byte @Nullable [] exif;
    private OptionalInt xmp = OptionalInt.empty();

    void add(byte[] b, int marker, int at, int length) throws MalformedImage {
      if (JpegMarkers.isFrame(marker)) {
        checkFrame(b, at, marker);
        frame = at;
        frameMarker = marker;
      } else if (marker == JpegMarkers.APP0 && length >= 16 && ascii(b, at + 2, "JFIF\0")) {
        jfif = true;
      } else if (marker == JpegMarkers.APP14 && length >= 14 && ascii(b, at + 2, "Adobe")) {
        adobe = u8(b, at + 13);
      } else if (marker == JpegMarkers.APP1) {
        addOrientation(b, at + 2, at + length);
      }
    }

    /** Long EXIF data continues in a second segment; the last XMP packet wins. */
    private void addOrientation(byte[] b, int from, int to) {
      int exifFrom = from + Exif.PREFIX.length();
      if (ascii(b, from, Exif.PREFIX) && exifFrom <= to && to <= b.length) {
        byte[] before = exif == null ? new byte[0] : exif;
        byte[] both = Arrays.copyOf(before, before.length + to - exifFrom);
        System.arraycopy(b, exifFrom, both, before.length, to - exifFrom);
        exif = both;
      } else if (ascii(b, from, XMP)) {
        xmp = Xmp.find(b, from + XMP.length(), to - from - XMP.length());
      }
    }

    JpegHeader header(byte[] b) throws MalformedImage {
      if (frame < 0) {
        throw new MalformedImage("the JPEG has no frame header");
      }
      List<Sampling> sampling = new ArrayList<>();
      for (int c = 0; c < u8(b, frame + 7); c++) {
        int factors = u8(b, frame + 9 + 3 * c);
        sampling.add(new Sampling(factors >> 4, factors & 15));
      }
      boolean namedRgb =
          sampling.size() == 3
              && u8(b, frame + 8) == 'R'
              && u8(b, frame + 11) == 'G'
              && u8(b, frame + 14) == 'B';
      OptionalInt found = exif == null ? OptionalInt.empty() : Exif.find(exif, 0, exif.length);
      return new JpegHeader(
          u16be(b, frame + 5),
          u16be(b, frame + 3),
          List.copyOf(sampling),
          u8(b, frame + 2),
          adobe,
          !jfif && (adobe == 0 || adobe < 0 && namedRgb),
          frameMarker == JpegMarkers.SOF2,
          Exif.orientation(found, xmp));
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
