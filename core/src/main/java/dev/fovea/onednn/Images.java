package dev.fovea.onednn;

import java.nio.ByteBuffer;

/** Copies a batch of images from the caller's buffer into a program's memory. */
final class Images {
  private Images() {}

  /** Copies bytes from position 0 until {@code to} is full. */
  static void copy(ByteBuffer from, ByteBuffer to) {
    int size = to.capacity();
    if (from.limit() < size) {
      throw new IllegalArgumentException(
          "a batch of images takes "
              + size
              + " bytes, got a buffer of "
              + from.limit()
              + "; its size follows from inputType() and the batch size");
    }
    to.put(0, from, 0, size);
  }
}
