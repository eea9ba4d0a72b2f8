package dev.fovea.data.decode;

import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.image.UnsupportedImage;

/**
 * The first image of a JPEG file, stripped to tables, frame header and scans.
 *
 * <p>Application segments and comments are dropped, so the decoder never sees thumbnails or
 * profiles. So is everything after the end of the image, where phones append videos and further
 * images.
 *
 * @param bytes contains the image in its first {@code length} bytes
 * @param length of the image in bytes
 * @param scans number of scans
 */
record JpegStream(byte[] bytes, int length, int scans) {
  /**
   * Extracts the first image of a file.
   *
   * @throws MalformedImage if the file ends before the image does, or contains none
   */
  static JpegStream of(byte[] file) throws MalformedImage {
    try {
      return walk(file);
    } catch (IndexOutOfBoundsException e) {
      throw new MalformedImage("the file ends early");
    }
  }

  private static JpegStream walk(byte[] file) throws MalformedImage {
    byte[] image = new byte[file.length];
    int length = append(image, 0, JpegMarkers.SOI, file, 0, 0);
    int frames = 0;
    int scans = 0;
    JpegMarkers markers = new JpegMarkers(file);
    for (int m = markers.next(); m != JpegMarkers.EOI; m = markers.next()) {
      if (JpegMarkers.isFrame(m)) {
        frames++;
      }
      if (frames > 1 || m == JpegMarkers.DHP) {
        throw new UnsupportedImage("the JPEG is hierarchical, which is not supported");
      }
      boolean needed =
          JpegMarkers.isFrame(m)
              || m == JpegMarkers.DHT
              || m == JpegMarkers.DQT
              || m == JpegMarkers.DRI
              || m == JpegMarkers.SOS;
      if (needed) {
        length = append(image, length, m, file, markers.start(), markers.length());
      }
      if (m == JpegMarkers.SOS) {
        scans++;
        int from = markers.start() + markers.length();
        int count = markers.endOfScan() - from;
        System.arraycopy(file, from, image, length, count);
        length += count;
      }
    }
    if (scans == 0) {
      throw new MalformedImage("the JPEG has no scan");
    }
    return new JpegStream(image, append(image, length, JpegMarkers.EOI, file, 0, 0), scans);
  }

  private static int append(byte[] image, int at, int marker, byte[] file, int start, int length) {
    image[at] = (byte) 0xff;
    image[at + 1] = (byte) marker;
    System.arraycopy(file, start, image, at + 2, length);
    return at + 2 + length;
  }
}
