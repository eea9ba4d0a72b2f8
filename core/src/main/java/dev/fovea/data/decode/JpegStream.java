package dev.fovea.data.decode;

import dev.fovea.data.image.MalformedImage;
import dev.fovea.data.image.UnsupportedImage;

/**
 * The first image of a JPEG file without what surrounds it: tables, frame and scans up to the end
 * of the image that follows the last scan.
 *
 * <p>Application segments and comments are left out, which keeps thumbnails, profiles and whatever
 * else is in them from the decoder; so is everything behind the end of the image, as phones append
 * videos and further images.
 *
 * @param bytes the image, from its first byte to {@code length}
 * @param length of the image in bytes
 * @param scans passes over the image's data
 */
record JpegStream(byte[] bytes, int length, int scans) {
  /**
   * Walks over the markers of a file.
   *
   * @throws MalformedImage if the file ends before its image does, or holds none
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
