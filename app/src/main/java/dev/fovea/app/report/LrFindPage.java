package dev.fovea.app.report;

import dev.fovea.app.report.RunReport.Point;
import dev.fovea.app.report.RunReport.Setting;
import java.util.List;

/** Renders a learning rate range test as an HTML page, see {@link Page}. */
public final class LrFindPage {
  private LrFindPage() {}

  /**
   * The page.
   *
   * @param headline results first, as pairs of label and value
   * @param losses the loss of each step over its learning rate
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
                    "Loss as the learning rate grows",
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
            "<p class=\"note\">The suggested rate is where the loss falls fastest. A constant rate"
                + " should stay somewhat below the minimum of the curve; the peak of a one-cycle"
                + " schedule may exceed the suggestion.</p>\n");
    return Page.foot(s);
  }
}
