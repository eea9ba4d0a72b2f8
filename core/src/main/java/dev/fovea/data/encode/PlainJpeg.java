package dev.fovea.data.encode;

import dev.fovea.data.image.Bytes;
import java.io.ByteArrayOutputStream;
import java.util.Optional;

/**
 * A JPEG without its metadata: the same scans and tables, which decode to the same pixels.
 *
 * <p>Kept are tables, frame header, scans, and the two headers that say how colors are stored (JFIF
 * and Adobe). Left out are EXIF and XMP data, color profiles, thumbnails, comments, and whatever
 * follows the end of the image.
 */
public final class PlainJpeg {
  private static final int SOI = 0xd8;
  private static final int EOI = 0xd9;
  private static final int SOS = 0xda;
  private static final int APP0 = 0xe0;
  private static final int APP14 = 0xee;
  private static final int APP15 = 0xef;
  private static final int COM = 0xfe;

  private final byte[] file;
  private final ByteArrayOutputStream plain;
  private int at = 2;

  private PlainJpeg(byte[] file) {
    this.file = file;
    plain = new ByteArrayOutputStream(file.length);
  }

  /**
   * The file without metadata; empty if it is not one clean sequence of segments and scans up to
   * the end of the image, as nearly all are.
   */
  public static Optional<byte[]> of(byte[] file) {
    try {
      PlainJpeg jpeg = new PlainJpeg(file);
      return jpeg.copy() ? Optional.of(jpeg.plain.toByteArray()) : Optional.empty();
    } catch (IndexOutOfBoundsException e) {
      // It ends early.
      return Optional.empty();
    }
  }

  private boolean copy() {
    if (Bytes.u16be(file, 0) != (0xff00 | SOI)) {
      return false;
    }
    plain.write(file, 0, 2);
    while (true) {
      if (Bytes.u8(file, at) != 0xff) {
        return false;
      }
      while (Bytes.u8(file, at + 1) == 0xff) {
        at++;
      }
      int marker = Bytes.u8(file, at + 1);
      if (marker == EOI) {
        plain.write(file, at, 2);
        return true;
      }
      int length = Bytes.u16be(file, at + 2);
      // Markers without a segment stand only within scans.
      if (marker < 0xc0 || marker >= 0xd0 && marker <= SOI || length < 2) {
        return false;
      }
      if (isNeeded(marker)) {
        plain.write(file, at, 2 + length);
      }
      at += 2 + length;
      if (marker == SOS) {
        copyScan();
      }
    }
  }

  private boolean isNeeded(int marker) {
    if (marker == APP0) {
      return Bytes.ascii(file, at + 4, "JFIF\0");
    }
    if (marker == APP14) {
      return Bytes.ascii(file, at + 4, "Adobe");
    }
    return marker != COM && !(marker > APP0 && marker <= APP15);
  }

  /** Entropy-coded data, in which a byte 0xff is followed by zero or a restart marker. */
  private void copyScan() {
    int from = at;
    while (Bytes.u8(file, at) != 0xff || isData(Bytes.u8(file, at + 1))) {
      at++;
    }
    plain.write(file, from, at - from);
  }

  private static boolean isData(int next) {
    return next == 0 || next >= 0xd0 && next <= 0xd7;
  }
}
