package dev.fovea.data.decode;

import java.util.Base64;

/**
 * Upsamples chroma stored at half the vertical and full horizontal resolution (4:4:0), as
 * libjpeg-turbo does.
 *
 * <p>Source: {@code h1v2_fancy_upsample} of libjpeg-turbo's jdsample.c: three quarters of the
 * nearer row plus one quarter of the next nearest. libjpeg 6b repeats rows instead.
 */
final class JpegChroma {
  /** An 8x16 JPEG in 4:4:0 whose blue increases from row to row. */
  private static final String PROBE =
      "/9j/2wBDAAMCAgMCAgMDAwMEAwMEBQgFBQQEBQoHBwYIDAoMDAsKCwsNDhIQDQ4RDgsLEBYQERMUFRUVDA8X"
          + "GBYUGBIUFRT/2wBDAQMEBAUEBQkFBQkUDQsNFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQU"
          + "FBQUFBQUFBQUFBQUFBT/wAARCAAQAAgDARIAAhEBAxEB/8QAFAABAAAAAAAAAAAAAAAAAAAABv/EABcQAAMB"
          + "AAAAAAAAAAAAAAAAAAAUYRX/xAAVAQEBAAAAAAAAAAAAAAAAAAABA//EABgRAAIDAAAAAAAAAAAAAAAAAAAU"
          + "F2Fi/9oADAMBAAIRAxEAPwAxnwSoQpHeBbs//9k=";

  private JpegChroma() {}

  /**
   * Replaces repeated rows with interpolated ones, in place.
   *
   * @param samples interleaved; the first row has an even index in the image
   */
  static void interpolateRows(byte[] samples, JpegHeader header, int rows) {
    for (int c = 0; c < header.components(); c++) {
      if (hasHalfTheRows(header, c)) {
        interpolate(samples, c, header.width(), header.components(), rows);
      }
    }
  }

  private static boolean hasHalfTheRows(JpegHeader header, int component) {
    int columns = 0;
    int rows = 0;
    for (JpegHeader.Sampling s : header.sampling()) {
      columns = Math.max(columns, s.horizontal());
      rows = Math.max(rows, s.vertical());
    }
    JpegHeader.Sampling own = header.sampling().get(component);
    return own.horizontal() == columns && own.vertical() * 2 == rows;
  }

  private static void interpolate(byte[] samples, int first, int width, int step, int rows) {
    int stride = width * step;
    int[] above = new int[width];
    for (int x = 0; x < width; x++) {
      above[x] = samples[first + x * step] & 255;
    }
    for (int y = 0; y < rows; y += 2) {
      int at = y * stride + first;
      int toBelow = y + 2 < rows ? 2 * stride : 0;
      for (int x = 0; x < width; x++, at += step) {
        int own = samples[at] & 255;
        samples[at] = (byte) (3 * own + above[x] + 1 >> 2);
        if (y + 1 < rows) {
          int below = toBelow == 0 ? own : samples[at + toBelow] & 255;
          samples[at + stride] = (byte) (3 * own + below + 2 >> 2);
        }
        above[x] = own;
      }
    }
  }

  /** A small JPEG that shows whether a decoder interpolates rows; see {@link #isInterpolated}. */
  static byte[] probe() {
    return Base64.getDecoder().decode(PROBE);
  }

  /** Whether the decoder of {@link #probe} interpolated between rows. */
  static boolean isInterpolated(byte[] samples, JpegHeader header) {
    int stride = header.width() * header.components();
    for (int y = 0; y + 1 < header.height(); y += 2) {
      if (samples[y * stride + 1] != samples[(y + 1) * stride + 1]) {
        return true;
      }
    }
    return false;
  }
}
