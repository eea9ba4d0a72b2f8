package dev.fovea.app.report;

import dev.fovea.eval.Calibration;
import dev.fovea.eval.Calibration.Bin;
import dev.fovea.tensor.Decimals;
import java.util.List;
import java.util.stream.Stream;

/** Calibration charts as SVG elements in the colors of the page. */
final class ConfidenceChart {
  private static final int WIDTH = 460;
  private static final int HEIGHT = 296;
  private static final int LEFT = 58;
  private static final int RIGHT = 14;
  private static final int TOP = 56;
  private static final int BOTTOM = 46;
  private static final LineChart.Axis PERCENT = new LineChart.Axis(0, 100, 20, false);

  /** A legend entry. */
  private record Key(String css, String name) {}

  private static final Key ACCURACY = new Key("b0", "accuracy");
  private static final Key CORRECT = new Key("b0", "correct");
  private static final Key WRONG = new Key("b1", "wrong");
  private static final Key OVERCONFIDENT = new Key("b1 gap", "overconfident");
  private static final Key UNDERCONFIDENT = new Key("b0 gap", "underconfident");

  private final StringBuilder s = new StringBuilder();
  private final LineChart.Axis y;

  private ConfidenceChart(LineChart.Axis y) {
    this.y = y;
  }

  /**
   * The reliability diagram: for each confidence bin its accuracy and the gap to its mean
   * confidence (Guo et al. 2017, figure 1).
   */
  static String reliability(Calibration c) {
    ConfidenceChart chart = new ConfidenceChart(PERCENT);
    chart.frame("Reliability", "accuracy (%)", ACCURACY, OVERCONFIDENT, UNDERCONFIDENT);
    List<Bin> bins = c.bins();
    for (int b = 0; b < bins.size(); b++) {
      Bin bin = bins.get(b);
      if (bin.images() == 0) {
        continue;
      }
      double low = 100.0 * b / bins.size();
      double high = 100.0 * (b + 1) / bins.size();
      String says =
          Decimals.format(
              "%,d images, mean confidence %.2f %%, accuracy %.2f %%",
              bin.images(), 100 * bin.confidence(), 100 * bin.accuracy());
      double right = 100 * bin.accuracy();
      double sure = 100 * bin.confidence();
      // Bars never overlap: a blended color would not be in the legend.
      chart.bar(ACCURACY.css, low, high, 0, Math.min(right, sure), says);
      chart.bar((sure > right ? OVERCONFIDENT : UNDERCONFIDENT).css, low, high, right, sure, says);
    }
    chart.s.append(
        Decimals.format(
            "<path class=\"a dash\" d=\"M%.1f %.1fL%.1f %.1f\"/>%n",
            xAt(0), chart.yAt(0), xAt(100), chart.yAt(100)));
    return chart.s.append("</svg>\n").toString();
  }

  /** The histogram of confidence, correct and wrong predictions stacked. */
  static String histogram(Calibration c) {
    List<Bin> bins = c.bins();
    double all = Math.max(1, bins.stream().mapToLong(Bin::images).sum());
    LineChart.Axis y =
        LineChart.Axis.over(
            Stream.concat(Stream.of(0.0), bins.stream().map(b -> 100 * b.images() / all)), false);
    ConfidenceChart chart = new ConfidenceChart(y);
    chart.frame("Confidence", "share of images (%)", CORRECT, WRONG);
    for (int b = 0; b < bins.size(); b++) {
      Bin bin = bins.get(b);
      if (bin.images() == 0) {
        continue;
      }
      double low = 100.0 * b / bins.size();
      double high = 100.0 * (b + 1) / bins.size();
      double share = 100 * bin.images() / all;
      double right = share * bin.accuracy();
      long hits = Math.round(bin.images() * bin.accuracy());
      String says =
          Decimals.format(
              "confidence %.0f to %.0f %%: %,d images, %,d of them correct",
              low, high, bin.images(), hits);
      chart.bar(CORRECT.css, low, high, 0, right, says);
      chart.bar(WRONG.css, low, high, right, share, says);
    }
    return chart.s.append("</svg>\n").toString();
  }

  private void frame(String title, String yLabel, Key... legend) {
    s.append(
            "<svg class=\"chart\" viewBox=\"0 0 "
                + WIDTH
                + " "
                + HEIGHT
                + "\" role=\"img\" aria-label=\"")
        .append(title)
        .append("\">\n");
    text("t", LEFT, 22, "start", title);
    int at = LEFT;
    for (Key key : legend) {
      s.append("<rect class=\"" + key.css + "\" x=\"" + at + "\" y=\"31\"")
          .append(" width=\"12\" height=\"12\"/>\n");
      text("l", at + 18, 41, "start", key.name);
      at += 18 + 8 * key.name.length() + 18;
    }
    for (double v : y.ticks()) {
      s.append(
          Decimals.format("<path class=\"g\" d=\"M%d %.1fH%d\"/>%n", LEFT, yAt(v), WIDTH - RIGHT));
      text("l", LEFT - 6, yAt(v) + 4, "end", y.label(v));
    }
    for (double v : PERCENT.ticks()) {
      s.append(Decimals.format("<path class=\"a\" d=\"M%.1f %dv4\"/>%n", xAt(v), HEIGHT - BOTTOM));
      text("l", xAt(v), HEIGHT - BOTTOM + 18, "middle", PERCENT.label(v));
    }
    text("l", (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 8, "middle", "confidence (%)");
    s.append(
        Decimals.format(
            "<text class=\"l\" text-anchor=\"middle\" transform=\"translate(13 %d)"
                + " rotate(-90)\">%s</text>%n",
            (TOP + HEIGHT - BOTTOM) / 2, yLabel));
  }

  /** Draws a bar over [low, high] between two heights in either order. */
  private void bar(String css, double low, double high, double from, double to, String says) {
    double top = yAt(Math.max(from, to));
    s.append(
        Decimals.format(
            "<rect class=\"%s\" x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\">"
                + "<title>%s</title></rect>%n",
            css,
            xAt(low) + 0.5,
            top,
            xAt(high) - xAt(low) - 1,
            yAt(Math.min(from, to)) - top,
            says));
  }

  private static double xAt(double percent) {
    return LEFT + PERCENT.place(percent) * (WIDTH - RIGHT - LEFT);
  }

  private double yAt(double v) {
    return HEIGHT - BOTTOM - y.place(v) * (HEIGHT - BOTTOM - TOP);
  }

  private void text(String css, double x, double at, String anchor, String text) {
    s.append(
        Decimals.format(
            "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
            css, x, at, anchor, text));
  }
}
