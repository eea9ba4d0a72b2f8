package dev.fovea.study;

import java.util.List;

/**
 * The data of a figure; the report draws it.
 *
 * @param title one line above the figure
 * @param xLabel quantity and unit of the horizontal axis
 * @param yLabel quantity and unit of the vertical axis
 * @param kind how points are drawn
 * @param logX whether the horizontal axis is logarithmic
 * @param series the data; for bars, the points have x = 0, 1, 2, ... as indices into {@code bars}
 * @param bars the labels of the bars; empty for other kinds
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
    /** Points connected by lines. */
    CURVES,
    /** A scatter plot, for example of accuracy against cost. */
    DOTS,
    /** Bars starting at 0. */
    BARS
  }

  /** Copies the lists. */
  public Plot {
    series = List.copyOf(series);
    bars = List.copyOf(bars);
  }

  /** Creates a line plot with a linear axis. */
  public static Plot curves(String title, String xLabel, String yLabel, List<Series> series) {
    return new Plot(title, xLabel, yLabel, Kind.CURVES, false, series, List.of());
  }

  /** Creates a scatter plot with a linear axis. */
  public static Plot dots(String title, String xLabel, String yLabel, List<Series> series) {
    return new Plot(title, xLabel, yLabel, Kind.DOTS, false, series, List.of());
  }

  /** Creates a bar chart with one bar per name in each series. */
  public static Plot bars(String title, String yLabel, List<String> names, List<Series> series) {
    return new Plot(title, "", yLabel, Kind.BARS, false, series, names);
  }
}
