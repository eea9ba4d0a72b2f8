package dev.fovea.explanation;

import dev.fovea.api.Api;

/**
 * A rectangle in an image, in pixels from its top left corner; a pixel reaches from its index to
 * the next one.
 *
 * <pre>{@code
 * Box box = new Box(0, 0, 10, 10);
 * System.out.println(box.iou(new Box(5, 0, 15, 10)));
 * }</pre>
 */
@Api(Api.Status.EXPERIMENTAL)
public record Box(double left, double top, double right, double bottom) {
  /** Checks that it has an area. */
  public Box {
    if (!(right > left && bottom > top)
        || !Double.isFinite(right - left)
        || !Double.isFinite(bottom - top)) {
      throw new IllegalArgumentException(
          "a box must have its right edge behind its left and its bottom below its top, got left "
              + left
              + ", top "
              + top
              + ", right "
              + right
              + ", bottom "
              + bottom);
    }
  }

  /** Its area in square pixels. */
  public double area() {
    return (right - left) * (bottom - top);
  }

  /** Intersection over union with another box, 0 to 1. */
  public double iou(Box other) {
    double across = Math.min(right, other.right) - Math.max(left, other.left);
    double down = Math.min(bottom, other.bottom) - Math.max(top, other.top);
    double common = Math.max(0, across) * Math.max(0, down);
    return common / (area() + other.area() - common);
  }

  /** For example {@code (10, 20) to (110, 80)}. */
  @Override
  public String toString() {
    return "(" + left + ", " + top + ") to (" + right + ", " + bottom + ")";
  }
}
