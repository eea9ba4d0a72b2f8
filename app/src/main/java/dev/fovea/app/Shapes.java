package dev.fovea.app;

import dev.fovea.tensor.Shape;
import java.util.Arrays;
import java.util.List;

/** Shapes as JSON lists. */
final class Shapes {
  private Shapes() {}

  static List<Integer> list(Shape shape) {
    return Arrays.stream(shape.dims()).boxed().toList();
  }
}
