package dev.fovea.app.report;

import dev.fovea.app.report.RunReport.Point;
import dev.fovea.app.report.RunReport.Setting;
import java.util.List;

/** The page of a learning rate range test, see {@link Page}: suggestion and curve. */
public final class LrFindPage {
  private LrFindPage() {}

  /**
   * The page.
   *
   * @param headline results first, as pairs of label and value
   * @param losses of each step, over its rate
   * @param smoothed the same, smoothed
   */
  public static String html(List<Setting> headline, List<Point> losses, List<Point> smoothed) {
    StringBuilder s = new StringBuilder(1 << 15);
    Page.head(s, "Learning rate range test", 0);
    s.append("<dl class=\"headline\">\n");
    for (Setting h : headline) {
      s.append("<div><dt>" + Html.text(h.name()) + "</dt><dd>" + Html.text(h.value()))
          .append("</dd></div>\n");
    }
    s.append("</dl>\n<section class=\"charts\" aria-label=\"Curve\">\n")
        .append(
            new LineChart(
                    "Loss while the rate grows",
                    "learning rate",
                    "training loss",
                    false,
                    new LineChart.Style(true, true),
                    List.of(
                        new LineChart.Curve("each step", losses),
                        new LineChart.Curve("smoothed", smoothed)))
                .svg())
        .append("</section>\n")
        .append(
            "<p class=\"note\">The suggestion is where the loss falls fastest. A rate that"
                + " is held for long is better a little below the lowest point of the curve than"
                + " at it, and the peak of a one-cycle may lie above the suggestion.</p>\n");
    return Page.foot(s);
  }
}
