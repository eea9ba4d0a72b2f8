package dev.fovea.data.decode;

import static dev.fovea.data.image.Bytes.ascii;

import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.jpeg.JpegMarkers;
import java.util.Arrays;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** Finds the orientation of a JPEG in EXIF or XMP data before its first scan. */
final class JpegOrientation {
  private static final String XMP = "http://ns.adobe.com/xap/1.0/\0";

  private byte @Nullable [] exif;
  private OptionalInt xmp = OptionalInt.empty();

  private JpegOrientation() {}

  /** The orientation 1..8 of a file whose header was read; 1 if it states none. */
  static int of(byte[] b) throws MalformedImage {
    JpegOrientation seen = new JpegOrientation();
    JpegMarkers markers = new JpegMarkers(b);
    try {
      int m = markers.next();
      while (m != JpegMarkers.SOS && m != JpegMarkers.EOI) {
        if (m == JpegMarkers.APP1) {
          seen.add(b, markers.start() + 2, markers.start() + markers.length());
        }
        m = markers.next();
      }
    } catch (IndexOutOfBoundsException e) {
      // What stands before the truncation still counts.
    }
    byte[] data = seen.exif;
    OptionalInt found = data == null ? OptionalInt.empty() : Exif.find(data, 0, data.length);
    return Exif.orientation(found, seen.xmp);
  }

  /** Long EXIF data continues in a second segment; the last XMP packet wins. */
  private void add(byte[] b, int from, int to) {
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
}
