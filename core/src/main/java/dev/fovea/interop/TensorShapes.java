package dev.fovea.interop;

import dev.fovea.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** Helpers for the shapes of tensors in files, whose dimensions may be 0 or exceed an int. */
final class TensorShapes {
  private TensorShapes() {}

  static List<Long> list(Shape shape) {
    List<Long> dims = new ArrayList<>();
    for (int d : shape.dims()) {
      dims.add((long) d);
    }
    return dims;
  }

  /** For example {@code 64x3x7x7}; {@code scalar} without dimensions. */
  static String text(List<Long> dims) {
    return dims.isEmpty()
        ? "scalar"
        : dims.stream().map(String::valueOf).collect(Collectors.joining("x"));
  }

  /** Removes dimensions of size 1. */
  static List<Long> squeeze(List<Long> dims) {
    return dims.stream().filter(d -> d != 1).toList();
  }
}
