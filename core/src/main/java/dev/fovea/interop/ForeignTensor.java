package dev.fovea.interop;

import dev.fovea.checkpoint.ElementType;
import java.util.List;
import java.util.function.Supplier;

/**
 * One tensor of a foreign file.
 *
 * @param name the name in the file
 * @param type the element type in the file
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
   * Reads the values in row-major order, rounded to the nearest binary32; every call reads the
   * file.
   *
   * @throws InteropException if the type is not floating-point or the file cannot be read
   */
  public float[] floats() {
    return source.get();
  }

  /** The number of elements. */
  public long elements() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  /** For example {@code F16 64x3x7x7}. */
  @Override
  public String toString() {
    return type + " " + TensorShapes.text(shape);
  }
}
