package dev.fovea.app.report;

import dev.fovea.eval.Calibration;
import dev.fovea.eval.Calibration.Bin;
import dev.fovea.tensor.Decimals;
import java.util.List;
import java.util.stream.Stream;

/** What a network's confidence is worth, as SVG elements in the colours of the page. */
final class ConfidenceChart {
  private static final int WIDTH = 460;
  private static final int HEIGHT = 296;
  private static final int LEFT = 58;
  private static final int RIGHT = 14;
  private static final int TOP = 56;
  private static final int BOTTOM = 46;
  private static final LineChart.Axis PERCENT = new LineChart.Axis(0, 100, 20, false);

  /** What a color means. */
  private record Key(String css, String name) {}

  private static final Key RIGHT_ANSWERS = new Key("b0", "right");
  private static final Key WRONG_ANSWERS = new Key("b1", "wrong");
  private static final Key TOO_SURE = new Key("b1 gap", "gap: too sure");
  private static final Key NOT_SURE = new Key("b0 gap", "gap: not sure enough");

  private final StringBuilder s = new StringBuilder();
  private final LineChart.Axis y;

  private ConfidenceChart(LineChart.Axis y) {
    this.y = y;
  }

  /**
   * The reliability diagram: for each bin of confidence how often its answers were right, and how
   * far that is from its mean confidence (Guo et al. 2017, figure 1).
   */
  static String reliability(Calibration c) {
    ConfidenceChart chart = new ConfidenceChart(PERCENT);
    chart.frame("Reliability", "answers that are right (%)", RIGHT_ANSWERS, TOO_SURE, NOT_SURE);
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
              "%,d images, mean confidence %.2f %%, right %.2f %%",
              bin.images(), 100 * bin.confidence(), 100 * bin.accuracy());
      double right = 100 * bin.accuracy();
      double sure = 100 * bin.confidence();
      // Bars never lie over each other: blended, their color would be in no legend.
      chart.bar(RIGHT_ANSWERS.css, low, high, 0, Math.min(right, sure), says);
      chart.bar((sure > right ? TOO_SURE : NOT_SURE).css, low, high, right, sure, says);
    }
    chart.s.append(
        Decimals.format(
            "<path class=\"a dash\" d=\"M%.1f %.1fL%.1f %.1f\"/>%n",
            xAt(0), chart.yAt(0), xAt(100), chart.yAt(100)));
    return chart.s.append("</svg>\n").toString();
  }

  /** How many images have which confidence, right and wrong ones. */
  static String histogram(Calibration c) {
    List<Bin> bins = c.bins();
    double all = Math.max(1, bins.stream().mapToLong(Bin::images).sum());
    LineChart.Axis y =
        LineChart.Axis.over(
            Stream.concat(Stream.of(0.0), bins.stream().map(b -> 100 * b.images() / all)), false);
    ConfidenceChart chart = new ConfidenceChart(y);
    chart.frame("Confidence", "part of the images (%)", RIGHT_ANSWERS, WRONG_ANSWERS);
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
              "confidence %.0f to %.0f %%: %,d images, %,d of them right",
              low, high, bin.images(), hits);
      chart.bar(RIGHT_ANSWERS.css, low, high, 0, right, says);
      chart.bar(WRONG_ANSWERS.css, low, high, right, share, says);
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
    text("l", (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 8, "middle", "confidence of the answer (%)");
    s.append(
        Decimals.format(
            "<text class=\"l\" text-anchor=\"middle\" transform=\"translate(13 %d)"
                + " rotate(-90)\">%s</text>%n",
            (TOP + HEIGHT - BOTTOM) / 2, yLabel));
  }

  /** A bar over [low, high] from one height to another, whichever is the upper. */
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
