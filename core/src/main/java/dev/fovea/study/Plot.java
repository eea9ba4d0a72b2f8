package dev.fovea.study;

import java.util.List;

/**
 * An image of numbers, as values; whoever writes the report draws it.
 *
 * @param title one line above it
 * @param xLabel what the horizontal axis counts, with its unit
 * @param yLabel what the vertical axis measures, with its unit
 * @param kind curves over a number, or bars over names
 * @param logX whether the horizontal axis is logarithmic
 * @param series curves; or for bars, series whose points have x = 0, 1, 2, ... for {@code bars}
 * @param bars the names under the bars; empty for curves
 */
public record Plot(
    String title,
    String xLabel,
    String yLabel,
    Kind kind,
    boolean logX,
    List<Series> series,
    List<String> bars) {

  /** How the points are drawn. */
  public enum Kind {
    /** Joined by lines. */
    CURVES,
    /** A dot each, for example cost against accuracy. */
    DOTS,
    /** A bar each from 0. */
    BARS
  }

  /** Copies the lists. */
  public Plot {
    series = List.copyOf(series);
    bars = List.copyOf(bars);
  }

  /** Lines over a linear axis. */
  public static Plot curves(String title, String xLabel, String yLabel, List<Series> series) {
    return new Plot(title, xLabel, yLabel, Kind.CURVES, false, series, List.of());
  }

  /** Dots over a linear axis. */
  public static Plot dots(String title, String xLabel, String yLabel, List<Series> series) {
    return new Plot(title, xLabel, yLabel, Kind.DOTS, false, series, List.of());
  }

  /** One bar for each name in each series. */
  public static Plot bars(String title, String yLabel, List<String> names, List<Series> series) {
    return new Plot(title, "", yLabel, Kind.BARS, false, series, names);
  }
}
