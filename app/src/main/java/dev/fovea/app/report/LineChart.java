package dev.fovea.app.report;

import dev.fovea.app.report.RunReport.Point;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.DoubleStream;
import java.util.stream.Stream;

/**
 * Curves over one axis as an SVG element; colours are those of the page, so that it follows light
 * and dark.
 *
 * <p>Every point carries its numbers as a tooltip. Points that are not finite are left out.
 *
 * @param title above the chart
 * @param xLabel what the horizontal axis counts
 * @param yLabel what the vertical axis measures, with its unit
 * @param fromZero whether the vertical axis starts at 0, for amounts whose ratios count
 * @param curves at most two
 */
record LineChart(String title, String xLabel, String yLabel, boolean fromZero, List<Curve> curves) {
  private static final int WIDTH = 460;
  private static final int HEIGHT = 296;
  private static final int LEFT = 58;
  private static final int RIGHT = 14;
  private static final int TOP = 56;
  private static final int BOTTOM = 46;

  /** Points up to which each is drawn as a dot. */
  private static final int DOTS = 40;

  /** Points to which a longer curve is thinned out. */
  private static final int MOST = 400;

  /** A named curve; points in the order of x. */
  record Curve(String name, List<Point> points) {
    Curve {
      points =
          points.stream().filter(p -> Double.isFinite(p.x()) && Double.isFinite(p.y())).toList();
    }
  }

  LineChart {
    curves = curves.stream().filter(c -> !c.points().isEmpty()).toList();
  }

  boolean isEmpty() {
    return curves.isEmpty();
  }

  /** The chart; nothing if there is no point. */
  String svg() {
    if (isEmpty()) {
      return "";
    }
    Axis x = Axis.over(all().map(Point::x), true);
    Axis y =
        Axis.over(
            fromZero ? Stream.concat(Stream.of(0.0), all().map(Point::y)) : all().map(Point::y),
            false);
    StringBuilder s = new StringBuilder();
    s.append(
            "<svg class=\"chart\" viewBox=\"0 0 "
                + WIDTH
                + " "
                + HEIGHT
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

  private void legend(StringBuilder s) {
    if (curves.size() < 2) {
      return;
    }
    int at = LEFT;
    for (int i = 0; i < curves.size(); i++) {
      String name = curves.get(i).name();
      s.append(String.format(Locale.ROOT, "<path class=\"c%d\" d=\"M%d %dh22\"/>%n", i, at, 37));
      text(s, "l", at + 27, 41, "start", name);
      at += 27 + 8 * name.length() + 18;
    }
  }

  private void grid(StringBuilder s, Axis x, Axis y) {
    for (double v : y.ticks()) {
      double at = yAt(y, v);
      s.append(
          String.format(
              Locale.ROOT, "<path class=\"g\" d=\"M%d %.1fH%d\"/>%n", LEFT, at, WIDTH - RIGHT));
      text(s, "l", LEFT - 6, at + 4, "end", y.label(v));
    }
    for (double v : x.ticks()) {
      double at = xAt(x, v);
      s.append(
          String.format(
              Locale.ROOT, "<path class=\"a\" d=\"M%.1f %dv4\"/>%n", at, HEIGHT - BOTTOM));
      text(s, "l", at, HEIGHT - BOTTOM + 18, "middle", x.label(v));
    }
    s.append(
        String.format(
            Locale.ROOT,
            "<path class=\"a\" d=\"M%d %dH%d\"/>%n",
            LEFT,
            HEIGHT - BOTTOM,
            WIDTH - RIGHT));
    text(s, "l", (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 8, "middle", xLabel);
    s.append(
        String.format(
            Locale.ROOT,
            "<text class=\"l\" text-anchor=\"middle\" transform=\"translate(13 %d)"
                + " rotate(-90)\">%s</text>%n",
            (TOP + HEIGHT - BOTTOM) / 2,
            Html.text(yLabel)));
  }

  private void curve(StringBuilder s, Curve curve, int number, Axis x, Axis y) {
    List<Point> points = thinned(curve.points());
    s.append("<path class=\"c" + number + "\" d=\"");
    char command = 'M';
    for (Point p : points) {
      s.append(String.format(Locale.ROOT, "%c%.1f %.1f", command, xAt(x, p.x()), yAt(y, p.y())));
      command = 'L';
    }
    s.append("\"/>\n");
    boolean dots = points.size() <= DOTS;
    for (Point p : points) {
      s.append(
          String.format(
              Locale.ROOT,
              "<circle class=\"%s%d\" cx=\"%.1f\" cy=\"%.1f\""
                  + " r=\"%s\"><title>%s</title></circle>%n",
              dots ? "d" : "h d",
              number,
              xAt(x, p.x()),
              yAt(y, p.y()),
              dots ? "2.6" : "5",
              Html.text(
                  curve.name() + ", " + xLabel + " " + number(p.x()) + ": " + number(p.y()))));
    }
  }

  /** Every n-th point and the last one. */
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

  private static double yAt(Axis y, double v) {
    return HEIGHT - BOTTOM - y.place(v) * (HEIGHT - BOTTOM - TOP);
  }

  private static void text(
      StringBuilder s, String css, double x, double y, String anchor, String text) {
    s.append(
        String.format(
            Locale.ROOT,
            "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
            css,
            x,
            y,
            anchor,
            Html.text(text)));
  }

  private static String number(double v) {
    return v == Math.rint(v) && Math.abs(v) < 1e9
        ? Long.toString((long) v)
        : String.format(Locale.ROOT, "%.4g", v);
  }

  /** An axis from {@code from} to {@code to} with a tick at every multiple of {@code step}. */
  record Axis(double from, double to, double step) {
    private static final int TICKS = 6;

    /** The axis that the values fill; {@code tight} axes end where the values end. */
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
      return (v - from) / (to - from);
    }

    double[] ticks() {
      long first = (long) Math.ceil(from / step - 1e-9);
      long last = (long) Math.floor(to / step + 1e-9);
      double[] ticks = new double[Math.toIntExact(last - first + 1)];
      for (int i = 0; i < ticks.length; i++) {
        ticks[i] = (first + i) * step;
      }
      return ticks;
    }

    String label(double v) {
      if (Math.abs(v) >= 10_000) {
        return String.format(Locale.ROOT, "%.4gk", v / 1000).replaceFirst("\\.?0+k", "k");
      }
      int decimals = (int) Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
      return decimals > 5
          ? String.format(Locale.ROOT, "%.1e", v)
          : String.format(Locale.ROOT, "%." + decimals + "f", v);
    }
  }
}
