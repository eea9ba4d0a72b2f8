package dev.fovea.data.image;

/**
 * The pixels of a rectangle, in place if the picture is decoded already.
 *
 * @param rgb interleaved; nobody writes to it
 * @param start of the first pixel
 * @param stride bytes from one row to the next
 */
record Pixels(byte[] rgb, int start, int stride) {
  /** Asks {@code in} for a rectangle; see {@link Picture#part}. */
  static Pixels of(Picture in, Resize.Box box) {
    if (in instanceof Image image) {
      int stride = image.width() * Image.CHANNELS;
      return new Pixels(image.rgb(), box.top() * stride + box.left() * Image.CHANNELS, stride);
    }
    return new Pixels(in.part(box).rgb(), 0, box.width() * Image.CHANNELS);
  }
}
