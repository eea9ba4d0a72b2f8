package dev.fovea.data.webp;

import java.util.Arrays;

/**
 * One channel of a VP8 frame, in whole macroblocks, with the row above and the column to the left
 * that prediction takes for known (RFC 6386, section 12.2: 127 and 129).
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

  /** Where the sample (x, y) lies. */
  int at(int x, int y) {
    return (y + 1) * stride + x + 1;
  }
}
