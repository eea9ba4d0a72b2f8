package dev.fovea.onednn;

import java.nio.ByteBuffer;

/** Brings a batch of images from the caller's buffer into a program's memory. */
final class Images {
  private Images() {}

  /** Copies from position 0 as many bytes as {@code to} holds. */
  static void copy(ByteBuffer from, ByteBuffer to) {
    int size = to.capacity();
    if (from.limit() < size) {
      throw new IllegalArgumentException(
          "a batch of images takes "
              + size
              + " bytes, got a buffer of "
              + from.limit()
              + "; fill it as inputType() and the batch size say");
    }
    to.put(0, from, 0, size);
  }
}
