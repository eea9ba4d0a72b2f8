package dev.fovea.interop;

import dev.fovea.checkpoint.ElementType;
import java.util.List;
import java.util.function.Supplier;

/**
 * One tensor of a foreign file.
 *
 * @param name as in the file
 * @param type how its numbers are stored
 * @param shape outermost dimension first; empty for a scalar
 * @param source reads its values; see {@link #floats}
 */
public record ForeignTensor(
    String name, ElementType type, List<Long> shape, Supplier<float[]> source) {
  /** Copies the shape. */
  public ForeignTensor {
    shape = List.copyOf(shape);
  }

  /**
   * Its values, row-major, as the nearest binary32 numbers; read from the file anew at each call.
   *
   * @throws InteropException if it holds no floating-point numbers or the file cannot be read
   */
  public float[] floats() {
    return source.get();
  }

  /** The number of its elements. */
  public long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** For example {@code F16 64x3x7x7}. */
  @Override
  public String toString() {
    return type + " " + TensorShapes.text(shape);
  }
}
