package dev.fovea.checkpoint;

import java.util.List;

/**
 * One tensor of a safetensors file.
 *
 * @param shape the dimensions, outermost first; empty for a scalar; a dimension may be 0
 * @param begin its first byte, counted from the end of the header
 * @param end one past its last byte
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
