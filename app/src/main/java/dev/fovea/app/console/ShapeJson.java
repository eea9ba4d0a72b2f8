package dev.fovea.app.console;

import dev.fovea.tensor.Shape;
import java.util.Arrays;
import java.util.List;

/** Shapes as JSON lists. */
public final class ShapeJson {
  private ShapeJson() {}

  public static List<Integer> list(Shape shape) {
    return Arrays.stream(shape.dims()).boxed().toList();
  }
}
