package dev.fovea.data.jpeg;

import static dev.fovea.data.image.Bytes.u16be;
import static dev.fovea.data.image.Bytes.u8;

import dev.fovea.data.image.MalformedImage;

/**
 * A cursor over the markers of one JPEG image. Like libjpeg, it skips stray bytes between segments
 * and fill bytes, and treats restart markers as part of their scan.
 *
 * <p>Source: ITU-T T.81, annex B; {@code next_marker} of libjpeg's jdmarker.c. Reading beyond the
 * end of the file throws {@link IndexOutOfBoundsException}.
 */
public final class JpegMarkers {
  static final int SOF0 = 0xc0;
  static final int SOF2 = 0xc2;
  static final int SOF15 = 0xcf;
  static final int DHT = 0xc4;
  static final int JPG = 0xc8;
  static final int DAC = 0xcc;
  static final int SOI = 0xd8;
  public static final int EOI = 0xd9;
  public static final int SOS = 0xda;
  static final int DQT = 0xdb;
  static final int DRI = 0xdd;
  static final int DHP = 0xde;
  static final int APP0 = 0xe0;
  public static final int APP1 = 0xe1;
  static final int APP14 = 0xee;

  private final byte[] file;
  private int at = 2;
  private int start;
  private int length;

  /** Positions the cursor before the first marker after SOI. */
  public JpegMarkers(byte[] file) {
    this.file = file;
  }

  /**
   * Advances to the next marker with a segment, or to the end of the image ({@link #EOI}).
   *
   * @throws MalformedImage if a second image starts here, or a segment is shorter than its length
   *     field
   */
  public int next() throws MalformedImage {
    while (true) {
      while (u8(file, at) != 0xff) {
        at++;
      }
      while (u8(file, at) == 0xff) {
        at++;
      }
      int marker = u8(file, at++);
      if (marker == EOI) {
        return marker;
      }
      if (marker == SOI) {
        throw new MalformedImage("another JPEG starts at byte " + (at - 2) + ", before its end");
      }
      if (marker > 1 && !isRestart(marker)) {
        start = at;
        length = u16be(file, at);
        if (length < 2) {
          throw new MalformedImage("a JPEG segment is " + length + " bytes long");
        }
        at += length;
        return marker;
      }
    }
  }

  /** Offset of the segment's length field; the content starts two bytes later. */
  public int start() {
    return start;
  }

  /** Length of the segment in bytes, including the length field. */
  public int length() {
    return length;
  }

  /** Skips the entropy-coded data of a scan and returns the offset of the next marker. */
  public int endOfScan() {
    while (true) {
      at = ScanData.plain(file, at, file.length);
      int marker = at;
      while (u8(file, marker) == 0xff) {
        marker++;
      }
      int code = u8(file, marker);
      if (code != 0 && !isRestart(code)) {
        return at;
      }
      at = marker + 1;
    }
  }

  static boolean isFrame(int marker) {
    return marker >= SOF0 && marker <= SOF15 && marker != DHT && marker != JPG && marker != DAC;
  }

  private static boolean isRestart(int marker) {
    return marker >= 0xd0 && marker <= 0xd7;
  }
}
