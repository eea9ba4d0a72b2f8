package dev.fovea.app.report;

import dev.fovea.eval.Calibration;
import dev.fovea.eval.Calibration.Bin;
import java.util.List;
import java.util.Locale;
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
    chart.frame("Reliability", "answers that are right (%)", "right", "gap to the confidence");
    List<Bin> bins = c.bins();
    for (int b = 0; b < bins.size(); b++) {
      Bin bin = bins.get(b);
      if (bin.images() == 0) {
        continue;
      }
      double low = 100.0 * b / bins.size();
      double high = 100.0 * (b + 1) / bins.size();
      String says =
          String.format(
              Locale.ROOT,
              "%,d images, mean confidence %.2f %%, right %.2f %%",
              bin.images(),
              100 * bin.confidence(),
              100 * bin.accuracy());
      chart.bar("b0", low, high, 0, 100 * bin.accuracy(), says);
      chart.bar("b1 gap", low, high, 100 * bin.accuracy(), 100 * bin.confidence(), says);
    }
    chart.s.append(
        String.format(
            Locale.ROOT,
            "<path class=\"a dash\" d=\"M%.1f %.1fL%.1f %.1f\"/>%n",
            xAt(0),
            chart.yAt(0),
            xAt(100),
            chart.yAt(100)));
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
    chart.frame("Confidence", "part of the images (%)", "right", "wrong");
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
          String.format(
              Locale.ROOT,
              "confidence %.0f to %.0f %%: %,d images, %,d of them right",
              low,
              high,
              bin.images(),
              hits);
      chart.bar("b0", low, high, 0, right, says);
      chart.bar("b1", low, high, right, share, says);
    }
    return chart.s.append("</svg>\n").toString();
  }

  private void frame(String title, String yLabel, String first, String second) {
    s.append(
            "<svg class=\"chart\" viewBox=\"0 0 "
                + WIDTH
                + " "
                + HEIGHT
                + "\" role=\"img\" aria-label=\"")
        .append(title)
        .append("\">\n");
    text("t", LEFT, 22, "start", title);
    s.append("<rect class=\"b0\" x=\"" + LEFT + "\" y=\"31\" width=\"12\" height=\"12\"/>\n");
    text("l", LEFT + 18, 41, "start", first);
    int next = LEFT + 18 + 8 * first.length() + 18;
    String css = title.equals("Reliability") ? "b1 gap" : "b1";
    s.append(
        "<rect class=\"" + css + "\" x=\"" + next + "\" y=\"31\" width=\"12\" height=\"12\"/>\n");
    text("l", next + 18, 41, "start", second);
    for (double v : y.ticks()) {
      s.append(
          String.format(
              Locale.ROOT, "<path class=\"g\" d=\"M%d %.1fH%d\"/>%n", LEFT, yAt(v), WIDTH - RIGHT));
      text("l", LEFT - 6, yAt(v) + 4, "end", y.label(v));
    }
    for (double v : PERCENT.ticks()) {
      s.append(
          String.format(
              Locale.ROOT, "<path class=\"a\" d=\"M%.1f %dv4\"/>%n", xAt(v), HEIGHT - BOTTOM));
      text("l", xAt(v), HEIGHT - BOTTOM + 18, "middle", PERCENT.label(v));
    }
    text("l", (LEFT + WIDTH - RIGHT) / 2.0, HEIGHT - 8, "middle", "confidence of the answer (%)");
    s.append(
        String.format(
            Locale.ROOT,
            "<text class=\"l\" text-anchor=\"middle\" transform=\"translate(13 %d)"
                + " rotate(-90)\">%s</text>%n",
            (TOP + HEIGHT - BOTTOM) / 2,
            yLabel));
  }

  /** A bar over [low, high] from one height to another, whichever is the upper. */
  private void bar(String css, double low, double high, double from, double to, String says) {
    double top = yAt(Math.max(from, to));
    s.append(
        String.format(
            Locale.ROOT,
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
        String.format(
            Locale.ROOT,
            "<text class=\"%s\" x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n",
            css,
            x,
            at,
            anchor,
            text));
  }
}
