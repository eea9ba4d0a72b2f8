package dev.fovea.onednn;

import dev.fovea.onednn.binding.NativeMemory;
import dev.fovea.onednn.binding.Owner;
import dev.fovea.onednn.binding.Primitive;
import java.nio.ByteBuffer;
import java.nio.FloatBuffer;
import java.util.Optional;

/** The memory that a program has taken: the address of every tensor; immutable. */
final class ProgramMemory {
  private final MemoryLayout layout;
  private final long arena;
  private final long lasting;
  private final OneDnnParameters weights;
  private final Optional<OneDnnParameters> gradients;

  private ProgramMemory(
      MemoryLayout layout,
      long arena,
      long lasting,
      OneDnnParameters weights,
      Optional<OneDnnParameters> gradients) {
    this.layout = layout;
    this.arena = arena;
    this.lasting = lasting;
    this.weights = weights;
    this.gradients = gradients;
  }

  /** Takes the memory that a layout needs; {@code owner} frees it. */
  static ProgramMemory allocate(
      Owner owner,
      MemoryLayout layout,
      OneDnnParameters weights,
      Optional<OneDnnParameters> gradients) {
    long least = MemoryLayout.ALIGNMENT;
    NativeMemory arena = new NativeMemory(owner, Math.max(layout.arenaBytes(), least));
    NativeMemory lasting = new NativeMemory(owner, Math.max(layout.lastingBytes(), least));
    return new ProgramMemory(layout, arena.address(), lasting.address(), weights, gradients);
  }

  /** The values of the parameters. */
  OneDnnParameters weights() {
    return weights;
  }

  private long address(Tensor tensor) {
    Buffer buffer = tensor.buffer();
    long start =
        switch (buffer.storage()) {
          case ARENA -> arena + layout.offset(buffer);
          case LASTING, STAGING -> lasting + layout.offset(buffer);
          case WEIGHTS -> weights.address(buffer.name());
          case GRADIENTS -> gradients.orElseThrow().address(buffer.name());
        };
    return start + tensor.offset();
  }

  /** A view of the bytes in native order; valid as long as the memory is. */
  ByteBuffer bytes(Tensor tensor) {
    return NativeMemory.at(address(tensor), tensor.desc().size());
  }

  /** A view of binary32 elements, likewise. */
  FloatBuffer floats(Tensor tensor) {
    return bytes(tensor).asFloatBuffer();
  }

  /** The tensor as an operand of a primitive. */
  Primitive.Operand operand(Tensor tensor) {
    return new Primitive.Operand(tensor.desc(), address(tensor));
  }
}
