package dev.fovea.onednn;

import java.nio.ByteBuffer;

/** Brings a batch of images from the caller's buffer into a program's memory. */
final class Images {
  private Images() {}

  static void copy(ByteBuffer from, Tensor to) {
    long size = to.desc().size();
    if (from.capacity() < size || from.limit() < size) {
      throw new IllegalArgumentException(
          "a batch of images takes "
              + size
              + " bytes, got a buffer of "
              + from.limit()
              + "; fill it as inputType() and the batch size say");
    }
    to.bytes().put(from.duplicate().position(0).limit((int) size));
  }
}
