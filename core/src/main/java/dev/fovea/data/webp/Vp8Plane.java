package dev.fovea.data.webp;

import java.util.Arrays;

/**
 * One channel of a VP8 frame, padded to whole macroblocks, with a border row above (127) and a
 * border column to the left (129) for prediction (RFC 6386, section 12.2).
 */
final class Vp8Plane {
  final byte[] samples;
  final int stride;

  Vp8Plane(int width, int height) {
    stride = width + 1;
    samples = new byte[Math.multiplyExact(stride, height + 1)];
    Arrays.fill(samples, 0, stride, (byte) 127);
    for (int y = 1; y <= height; y++) {
      samples[y * stride] = (byte) 129;
    }
  }

  /** The index of sample (x, y). */
  int at(int x, int y) {
    return (y + 1) * stride + x + 1;
  }
}
