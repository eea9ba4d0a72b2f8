package dev.fovea.onednn;

import dev.fovea.onednn.binding.MemoryDesc;
import dev.fovea.onednn.binding.NativeMemory;
import dev.fovea.onednn.binding.Primitive;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/**
 * A tensor of a program: how it lies in memory, and where.
 *
 * @param offset bytes from the buffer's start
 */
record Tensor(MemoryDesc desc, Buffer buffer, long offset) {
  /** A tensor at the start of a buffer. */
  Tensor(MemoryDesc desc, Buffer buffer) {
    this(desc, buffer, 0);
  }

  /** The same memory described in another way. */
  Tensor viewedAs(MemoryDesc other) {
    return new Tensor(other, buffer, offset);
  }

  /** A view of the bytes; only valid once memory is planned. */
  ByteBuffer bytes() {
    return NativeMemory.at(buffer.address() + offset, desc.size());
  }

  /** A view of binary32 elements; only valid once memory is planned. */
  FloatBuffer floats() {
    return bytes().asFloatBuffer();
  }

  Primitive.Operand operand() {
    return new Primitive.Operand(desc, buffer.address() + offset);
  }
}
