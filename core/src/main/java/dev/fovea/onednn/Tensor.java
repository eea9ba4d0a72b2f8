package dev.fovea.onednn;

import dev.fovea.onednn.handle.MemoryDesc;
import dev.fovea.onednn.handle.NativeMemory;
import dev.fovea.onednn.handle.Primitive;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;

/** A tensor of a program: how it lies in memory, and where. */
record Tensor(MemoryDesc desc, Buffer buffer) {
  /** A view of the bytes; only valid once memory is planned. */
  ByteBuffer bytes() {
    return NativeMemory.at(buffer.address(), desc.size());
  }

  /** A view of binary32 elements; only valid once memory is planned. */
  FloatBuffer floats() {
    return bytes().asFloatBuffer();
  }

  Primitive.Operand operand() {
    return new Primitive.Operand(desc, buffer.address());
  }
}
