package dev.fovea.app.report;

import dev.fovea.app.report.RunReport.Point;
import dev.fovea.tensor.Decimals;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * Curves over a common axis as an SVG element in the colors of the page, which follow light and
 * dark mode.
 *
 * <p>Every point has a tooltip with its coordinates. Non-finite points are dropped.
 *
 * @param title above the chart
 * @param xLabel the quantity on the horizontal axis
 * @param yLabel the quantity on the vertical axis, with its unit
 * @param fromZero whether the vertical axis starts at 0, for quantities whose ratios matter
 * @param style how points are drawn: on a linear or logarithmic axis, joined or not
 * @param curves at most eight
 */
record LineChart(
    String title, String xLabel, String yLabel, boolean fromZero, Style style, List<Curve> curves) {
  private static final int WIDTH = 460;
  private static final int PLOT = 194;
  private static final int LEFT = 58;
  private static final int RIGHT = 14;
  private static final int HEAD = 38;
  private static final int LEGEND_ROW = 18;
  private static final int BOTTOM = 46;

  /** Largest number of points drawn as dots. */
  private static final int DOTS = 40;

  /** Number of points to which a longer curve is thinned. */
  private static final int MOST = 400;

  /**
   * How points are drawn.
   *
   * @param logX whether the horizontal axis is logarithmic; points at 0 or below are dropped
   * @param joined whether a line joins the points of a curve
   */
  record Style(boolean logX, boolean joined) {
    /** Joined points over a linear axis. */
    static final Style LINES = new Style(false, true);
  }

  /** Joined points over a linear axis. */
  LineChart(String title, String xLabel, String yLabel, boolean fromZero, List<Curve> curves) {
    this(title, xLabel, yLabel, fromZero, Style.LINES, curves);
  }

  /** A named curve; points are ordered by x. */
  record Curve(String name, List<Point> points) {
    Curve {
      points =
          points.stream().filter(p -> Double.isFinite(p.x()) && Double.isFinite(p.y())).toList();
    }
  }

  LineChart {
    boolean positive = style.logX();
    curves =
        curves.stream()
            .map(
                c ->
                    new Curve(
                        c.name(), c.points().stream().filter(p -> !positive || p.x() > 0).toList()))
            .filter(c -> !c.points().isEmpty())
            .toList();
  }

  boolean isEmpty() {
    return curves.isEmpty();
  }

  /** The chart; empty if there is no point. */
  String svg() {
    if (isEmpty()) {
      return "";
    }
    Axis x =
        style.logX()
            ? Axis.logarithmic(all().map(Point::x))
            : Axis.over(all().map(Point::x), style.joined());
    Axis y =
        Axis.over(
            fromZero ? Stream.concat(Stream.of(0.0), all().map(Point::y)) : all().map(Point::y),
            false);
    StringBuilder s = new StringBuilder();
    s.append(
            "<svg class=\"chart\" viewBox=\"0 0 "
                + WIDTH
                + " "
                + height()
                + "\" role=\"img\" aria-label=\"")
        .append(Html.text(title))
        .append("\">\n");
    text(s, "t", LEFT, 22, "start", title);
    legend(s);
    grid(s, x, y);
    for (int i = 0; i < curves.size(); i++) {
      curve(s, curves.get(i), i, x, y);
    }
    return s.append("</svg>\n").toString();
  }

  private Stream<Point> all() {
    return curves.stream().flatMap(c -> c.points().stream());
  }

  private int height() {
    return bottom() + BOTTOM;
  }

  private int bottom() {
    return top() + PLOT;
  }

  private int top() {
    return HEAD + LEGEND_ROW * Math.max(1, legendRows().size());
  }

  /** The indices of the curves, as many per row as fit. */
  private List<List<Integer>> legendRows() {
    List<List<Integer>> rows = new ArrayList<>();
    int at = WIDTH;
    for (int i = 0; i < curves.size() && curves.size() > 1; i++) {
      int width = entryWidth(i);
      if (at + width > WIDTH) {
        rows.add(new ArrayList<>());
        at = LEFT;
      }
      rows.get(rows.size() - 1).add(i);
      at += width;
    }
    return rows;
  }

  private int entryWidth(int curve) {
    return 27 + 7 * curves.get(curve).name().length() + 14;
  }

  private void legend(StringBuilder s) {
    int y = HEAD - 1;
    for (List<Integer> row : legendRows()) {
      int at = LEFT;
      for (int i : row) {
        s.append(
            style.joined()
                ? Decimals.format("<path class=\"c%d\" d=\"M%d %dh22\"/>%n", i, at, y)
                : Decimals.format(
                    "<circle class=\"d%d\" cx=\"%d\" cy=\"%d\" r=\"5\"/>%n", i, at + 11, y));
        text(s, "l", at + 27, y + 4, "start", curves.get(i).name());
        at += entryWidth(i);
      }
      y += LEGEND_ROW;
    }
  }

  private void grid(StringBuilder s, Axis x, Axis y) {
    for (double v : y.ticks()) {
      double at = yAt(y, v);
      s.append(Decimals.format("<path class=\"g\" d=\"M%d %.1fH%d\"/>%n", LEFT, at, WIDTH - RIGHT));
      text(s, "l", LEFT - 6, at + 4, "end", y.label(v));
    }
    for (double v : x.ticks()) {
      double at = xAt(x, v);
      s.append(Decimals.format("<path class=\"a\" d=\"M%.1f %dv4\"/>%n", at, bottom()));
      text(s, "l", at, bottom() + 18, "middle", x.label(v));
    }
    s.append(
        Decimals.format("<path class=\"a\" d=\"M%d %dH%d\"/>%n", LEFT, bottom(), WIDTH - RIGHT));
    text(s, "l", (LEFT + WIDTH - RIGHT) / 2.0, height() - 8, "middle", xLabel);
    s.append(
        Decimals.format(
            "<text class=\"l\" text-anchor=\"middle\" transform=\"translate(13 %d)"
                + " rotate(-90)\">%s</text>%n",
            (top() + bottom()) / 2, Html.text(yLabel)));
  }

  private void curve(StringBuilder s, Curve curve, int number, Axis x, Axis y) {
    List<Point> points = thinned(curve.points());
    if (style.joined()) {
      s.append("<path class=\"c" + number + "\" d=\"");
      char command = 'M';
      for (Point p : points) {
        s.append(Decimals.format("%c%.1f %.1f", command, xAt(x, p.x()), yAt(y, p.y())));
        command = 'L';
      }
      s.append("\"/>\n");
    }
    boolean dots = points.size() <= DOTS || !style.joined();
    for (Point p : points) {
      s.append(
          Decimals.format(
              "<circle class=\"%s%d\" cx=\"%.1f\" cy=\"%.1f\""
                  + " r=\"%s\"><title>%s</title></circle>%n",
              dots ? "d" : "h d",
              number,
              xAt(x, p.x()),
              yAt(y, p.y()),
              dots ? (style.joined() ? "2.6" : "5") : "5",
              Html.text(
                  curve.name() + ", " + xLabel + " " + number(p.x()) + ": " + number(p.y()))));
    }
  }

  /** Every nth point and the last one. */
  private static List<Point> thinned(List<Point> points) {
    int step = (points.size() + MOST - 1) / MOST;
    if (step <= 1) {
      return points;
    }
    List<Point> few = new ArrayList<>();
    for (int i = 0; i < points.size() - 1; i += step) {
      few.add(points.get(i));
    }
    few.add(points.get(points.size() - 1));
    return few;
  }

  private static double xAt(Axis x, double v) {
    return LEFT + x.place(v) * (WIDTH - RIGHT - LEFT);
  }

  private double yAt(Axis y, double v) {
    return bottom() - y.place(v) * PLOT;
  }

  private static void text(
      StringBuilder s, String css, double x, double y, String anchor, String text) {
    s.append(
        Decimals.format(
            "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
            css, x, y, anchor, Html.text(text)));
  }

  private static String number(double v) {
    return v == Math.rint(v) && Math.abs(v) < 1e9
        ? Long.toString((long) v)
        : Decimals.format("%.4g", v);
  }

  /** An axis from {@code from} to {@code to} with a tick at every multiple of {@code step}. */
  record Axis(double from, double to, double step, boolean log) {
    private static final int TICKS = 6;

    Axis(double from, double to, double step) {
      this(from, to, step, false);
    }

    /** A logarithmic axis over the range of the values, which must be positive. */
    static Axis logarithmic(Stream<Double> values) {
      double[] v = values.mapToDouble(Math::log10).toArray();
      double low = DoubleStream.of(v).min().orElse(0);
      double high = DoubleStream.of(v).max().orElse(1);
      return new Axis(low, high > low ? high : low + 1, 1, true);
    }

    /**
     * A linear axis over the range of the values; a {@code tight} one ends at the extremes, others
     * at ticks.
     */
    static Axis over(Stream<Double> values, boolean tight) {
      double[] v = values.mapToDouble(Double::doubleValue).toArray();
      double low = DoubleStream.of(v).min().orElse(0);
      double high = DoubleStream.of(v).max().orElse(1);
      if (low == high) {
        double room = low == 0 ? 1 : Math.abs(low) / 2;
        low -= tight ? 0.5 : room;
        high += tight ? 0.5 : room;
      }
      double rough = (high - low) / TICKS;
      double power = Math.pow(10, Math.floor(Math.log10(rough)));
      double lead = rough / power;
      double step = power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
      if (tight) {
        // Epochs and steps are whole numbers, so their ticks are too.
        return new Axis(low, high, Math.max(step, 1));
      }
      return new Axis(Math.floor(low / step) * step, Math.ceil(high / step) * step, step);
    }

    double place(double v) {
      return ((log ? Math.log10(v) : v) - from) / (to - from);
    }

    double[] ticks() {
      if (log) {
        return decades();
      }
      long first = (long) Math.ceil(from / step - 1e-9);
      long last = (long) Math.floor(to / step + 1e-9);
      double[] ticks = new double[Math.toIntExact(last - first + 1)];
      for (int i = 0; i < ticks.length; i++) {
        ticks[i] = (first + i) * step;
      }
      return ticks;
    }

    // Ticks at 1, 2 and 5 of each decade over at most three decades, else at powers of ten.
    private double[] decades() {
      double[] leads = to - from > 3 ? new double[] {1} : new double[] {1, 2, 5};
      return java.util.stream.IntStream.rangeClosed((int) Math.floor(from), (int) Math.floor(to))
          .boxed()
          .flatMap(e -> DoubleStream.of(leads).mapToObj(l -> l * Math.pow(10, e)))
          .mapToDouble(Double::doubleValue)
          .filter(v -> place(v) >= -1e-9 && place(v) <= 1 + 1e-9)
          .toArray();
    }

    private static String shortened(double v) {
      String digits = Decimals.format(Math.abs(v) < 10_000 ? "%.4g" : "%.1e", v);
      return digits.contains(".") ? digits.replaceFirst("\\.?0*(e|$)", "$1") : digits;
    }

    String label(double v) {
      if (log) {
        return v >= 1e-3 && v < 10_000
            ? number(v)
            : Decimals.format("%.0e", v).replaceFirst("e([-+])0", "e$1");
      }
      if (Math.abs(v) >= 10_000) {
        return Math.abs(v) >= 1e6 ? shortened(v / 1e6) + "M" : shortened(v / 1000) + "k";
      }
      int decimals = (int) Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
      return decimals > 5 ? Decimals.format("%.1e", v) : Decimals.format("%." + decimals + "f", v);
    }
  }
}
