package dev.fovea.app.report;

import dev.fovea.tensor.Decimals;
import java.util.List;

/**
 * Horizontal bars from 0, one per name and series, as an SVG element in the colors of the page.
 * Each bar is labeled with its value.
 *
 * @param title above the chart
 * @param label the measured quantity with its unit
 * @param names one per group of bars
 * @param series at most eight, each with a value for every name; values must not be negative, and
 *     NaN is shown as missing
 */
record BarChart(String title, String label, List<String> names, List<Bars> series) {
  private static final int WIDTH = 460;
  private static final int RIGHT = 64;
  private static final int TOP = 40;
  private static final int LEGEND_ROW = 18;
  private static final int BAR = 18;
  private static final int GAP = 10;
  private static final int BOTTOM = 34;
  private static final int LETTER = 7;
  private static final int MOST_LETTERS = 26;

  /** The bars of one color. */
  record Bars(String name, List<Double> values) {}

  BarChart {
    names = List.copyOf(names);
    series = List.copyOf(series);
  }

  /** The chart; empty if there is no bar. */
  String svg() {
    if (names.isEmpty() || series.isEmpty()) {
      return "";
    }
    int left = 14 + LETTER * names.stream().mapToInt(n -> shown(n).length()).max().orElse(0);
    double most =
        series.stream()
            .flatMap(b -> b.values().stream())
            .filter(Double::isFinite)
            .mapToDouble(v -> v)
            .max()
            .orElse(1);
    double unit = (WIDTH - RIGHT - left) / (most > 0 ? most : 1);
    int top = TOP + (series.size() > 1 ? LEGEND_ROW * series.size() : 0);
    int group = BAR * series.size() + GAP;
    int height = top + group * names.size() + BOTTOM;
    StringBuilder s = new StringBuilder();
    s.append(
            "<svg class=\"chart\" viewBox=\"0 0 "
                + WIDTH
                + " "
                + height
                + "\" role=\"img\" aria-label=\"")
        .append(Html.text(title))
        .append("\">\n");
    text(s, "t", 14, 22, "start", title);
    for (int i = 0; i < series.size() && series.size() > 1; i++) {
      int y = TOP + LEGEND_ROW * i;
      rectangle(s, i, left, y - 9, 22);
      text(s, "l", left + 28, y + 1, "start", series.get(i).name());
    }
    for (int n = 0; n < names.size(); n++) {
      int y = top + group * n;
      text(s, "l", left - 8, y + BAR * series.size() / 2.0 + 4, "end", shown(names.get(n)));
      for (int i = 0; i < series.size(); i++) {
        bar(s, i, left, y + BAR * i, unit, series.get(i).values().get(n));
      }
    }
    text(s, "l", (left + WIDTH - RIGHT) / 2.0, height - 10, "middle", label);
    return s.append("</svg>\n").toString();
  }

  private static void bar(StringBuilder s, int number, int left, int y, double unit, double v) {
    if (!Double.isFinite(v)) {
      text(s, "l", left + 4, y + 13, "start", "no value");
      return;
    }
    double width = Math.max(0, v * unit);
    rectangle(s, number, left, y, width);
    text(s, "l", left + width + 5, y + 13, "start", number(v));
  }

  private static void rectangle(StringBuilder s, int number, double x, int y, double width) {
    s.append(
        Decimals.format(
            "<rect class=\"d%d\" x=\"%.1f\" y=\"%d\" width=\"%.1f\" height=\"%d\"/>%n",
            number, x, y, width, BAR - 4));
  }

  private static String number(double v) {
    return v >= 1000
        ? Decimals.format("%,.0f", v)
        : Decimals.format("%.4g", v).replaceFirst("(\\.\\d*?)0+$", "$1").replaceFirst("\\.$", "");
  }

  private static String shown(String name) {
    return name.length() <= MOST_LETTERS ? name : name.substring(0, MOST_LETTERS - 1) + "…";
  }

  private static void text(
      StringBuilder s, String css, double x, double y, String anchor, String text) {
    s.append(
        Decimals.format(
            "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
            css, x, y, anchor, Html.text(text)));
  }
}
