package dev.fovea.onednn;

import dev.fovea.onednn.binding.NativeMemory;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.onednn.binding.Primitive;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Optional;

/** The memory of a program, which gives every tensor its address; immutable. */
final class ProgramMemory {
  private final MemoryLayout layout;
  private final long arena;
  private final long persistent;
  private final OneDnnParameters weights;
  private final Optional<OneDnnParameters> gradients;

  private ProgramMemory(
      MemoryLayout layout,
      long arena,
      long persistent,
      OneDnnParameters weights,
      Optional<OneDnnParameters> gradients) {
    this.layout = layout;
    this.arena = arena;
    this.persistent = persistent;
    this.weights = weights;
    this.gradients = gradients;
  }

  /** Allocates the memory that a layout needs; {@code owner} frees it. */
  static ProgramMemory allocate(
      Owner owner,
      MemoryLayout layout,
      OneDnnParameters weights,
      Optional<OneDnnParameters> gradients) {
    long least = MemoryLayout.ALIGNMENT;
    NativeMemory arena = new NativeMemory(owner, Math.max(layout.arenaBytes(), least));
    NativeMemory persistent = new NativeMemory(owner, Math.max(layout.persistentBytes(), least));
    return new ProgramMemory(layout, arena.address(), persistent.address(), weights, gradients);
  }

  /** The values of the parameters. */
  OneDnnParameters weights() {
    return weights;
  }

  /** The address of the tensor's first byte. */
  long address(Tensor tensor) {
    Buffer buffer = tensor.buffer();
    long start =
        switch (buffer.storage()) {
          case ARENA -> arena + layout.offset(buffer);
          case PERSISTENT, STAGING -> persistent + layout.offset(buffer);
          case WEIGHTS -> weights.address(buffer.name());
          case GRADIENTS -> gradients.orElseThrow().address(buffer.name());
        };
    return start + tensor.offset();
  }

  /** A view of the tensor's bytes in native byte order; valid as long as the memory is. */
  ByteBuffer bytes(Tensor tensor) {
    return NativeMemory.at(address(tensor), tensor.desc().size());
  }

  /** A view of the tensor's binary32 elements; valid as long as the memory is. */
  FloatBuffer floats(Tensor tensor) {
    return bytes(tensor).asFloatBuffer();
  }

  /** The tensor as an operand of a primitive. */
  Primitive.Operand operand(Tensor tensor) {
    return new Primitive.Operand(tensor.desc(), address(tensor));
  }
}
