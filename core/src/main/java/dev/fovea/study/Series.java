package dev.fovea.study;

import java.util.List;

/**
 * Named points in the order of x.
 *
 * @param name as the legend shows it
 */
public record Series(String name, List<Point> points) {
  /** Copies the list. */
  public Series {
    points = List.copyOf(points);
  }

  /** A place on a curve. */
  public record Point(double x, double y) {}
}
