package dev.fovea.onednn;

import dev.fovea.onednn.binding.MemoryDesc;

/**
 * A tensor during compilation: its memory descriptor and its place in a buffer.
 *
 * @param offset offset in bytes from the start of the buffer
 */
record Tensor(MemoryDesc desc, Buffer buffer, long offset) {
  /** Checks that the tensor lies inside its buffer. */
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

  /** A view of the same memory with another descriptor. */
  Tensor viewedAs(MemoryDesc other) {
    return new Tensor(other, buffer, offset);
  }

  /** A view of the same memory, starting {@code bytes} further on. */
  Tensor viewedAs(MemoryDesc other, long bytes) {
    return new Tensor(other, buffer, offset + bytes);
  }
}
