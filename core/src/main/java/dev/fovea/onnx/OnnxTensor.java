package dev.fovea.onnx;

import java.util.List;
import java.util.function.Supplier;

/**
 * A constant tensor: name, type and sizes, and values that are made or read when they are asked
 * for.
 *
 * @param dims sizes, outermost first; empty for a scalar
 * @param values gives a {@code float[]} for types with fractions, else a {@code long[]}, in
 *     row-major order
 */
public record OnnxTensor(String name, OnnxType type, List<Long> dims, Supplier<Object> values) {
  /** Copies the list. */
  public OnnxTensor {
    dims = List.copyOf(dims);
  }

  /** A tensor of binary32 numbers. */
  public static OnnxTensor ofFloats(String name, List<Long> dims, Supplier<float[]> values) {
    return new OnnxTensor(name, OnnxType.FLOAT, dims, values::get);
  }

  /** A vector of 64-bit integers. */
  public static OnnxTensor ofLongs(String name, long... values) {
    return new OnnxTensor(name, OnnxType.INT64, List.of((long) values.length), () -> values);
  }

  /** The number of elements. */
  public long elements() {
    return dims.stream().reduce(1L, Math::multiplyExact);
  }

  /**
   * The values of a tensor of a type with fractions, as binary32.
   *
   * @throws OnnxException if the file's data do not fit the sizes, or can no longer be read
   */
  public float[] floats() {
    return (float[]) values.get();
  }

  /**
   * The values of a tensor of integers or truth values.
   *
   * @throws OnnxException as {@link #floats}
   */
  public long[] longs() {
    return (long[]) values.get();
  }
}
