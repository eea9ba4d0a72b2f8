package dev.fovea.checkpoint;

import java.util.List;

/**
 * The header entry of one tensor in a safetensors file.
 *
 * @param shape the dimensions, outermost first; empty for a scalar; a dimension may be 0
 * @param begin the offset of its first byte from the end of the header
 * @param end the offset after its last byte
 */
public record TensorEntry(String name, ElementType type, List<Long> shape, long begin, long end) {
  /** Copies the shape. */
  public TensorEntry {
    shape = List.copyOf(shape);
  }

  /** The number of elements. */
  public long elements() {
    return (end - begin) / type.bytes();
  }
}
