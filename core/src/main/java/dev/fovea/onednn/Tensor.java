package dev.fovea.onednn;

import dev.fovea.onednn.binding.MemoryDesc;

/**
 * A tensor of a program that is being compiled: how it lies in memory, and in which buffer.
 *
 * @param offset bytes from the buffer's start
 */
record Tensor(MemoryDesc desc, Buffer buffer, long offset) {
  /** Checks that it lies inside its buffer. */
  Tensor {
    if (offset < 0 || offset + desc.size() > buffer.size()) {
      throw new IllegalArgumentException(
          "a tensor of "
              + desc.size()
              + " bytes at byte "
              + offset
              + " does not lie inside buffer "
              + buffer);
    }
  }

  /** A tensor at the start of a buffer. */
  Tensor(MemoryDesc desc, Buffer buffer) {
    this(desc, buffer, 0);
  }

  /** The same memory described in another way. */
  Tensor viewedAs(MemoryDesc other) {
    return new Tensor(other, buffer, offset);
  }

  /** The part of this tensor's memory that starts {@code bytes} further on. */
  Tensor viewedAs(MemoryDesc other, long bytes) {
    return new Tensor(other, buffer, offset + bytes);
  }
}
