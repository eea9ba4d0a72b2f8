package dev.fovea.study;

import java.util.List;

/**
 * A named series of points, ordered by x.
 *
 * @param name shown in the legend
 */
public record Series(String name, List<Point> points) {
  /** Copies the list. */
  public Series {
    points = List.copyOf(points);
  }

  /** A point of a series. */
  public record Point(double x, double y) {}
}
