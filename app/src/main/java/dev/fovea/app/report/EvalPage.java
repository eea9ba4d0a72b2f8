package dev.fovea.app.report;

import dev.fovea.app.report.EvalReport.Card;
import dev.fovea.app.report.EvalReport.Shown;
import dev.fovea.app.report.RunReport.Confusion;
import dev.fovea.eval.Evaluation;
import dev.fovea.eval.Evaluation.Confused;
import dev.fovea.eval.Evaluation.PerClass;
import dev.fovea.tensor.Decimals;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;

/** Renders an evaluation as an HTML page, see {@link Page}. */
public final class EvalPage {
  /** Largest number of classes shown in one open table. */
  private static final int FULL_TABLE = 40;

  /** Number of classes shown beyond that, lowest recall first. */
  private static final int WORST = 20;

  /** Pairs in the table of confused classes. */
  private static final int PAIRS = 20;

  private EvalPage() {}

  /** The page. */
  public static String html(EvalReport report) {
    StringBuilder s = new StringBuilder(1 << 18);
    Page.head(s, report.title(), 0);
    ReportPage.headline(s, report.headline());
    s.append("<section class=\"charts\" aria-label=\"Confidence\">\n")
        .append(ConfidenceChart.reliability(report.result().calibration()))
        .append(ConfidenceChart.histogram(report.result().calibration()))
        .append("</section>\n");
    gallery(s, "Most confident mistakes", report.mistakes());
    confusion(s, report.result());
    classes(s, report.result().perClass());
    gallery(s, "Least confident correct predictions", report.hits());
    ReportPage.settings(s, "Protocol", report.protocol());
    for (Card card : report.models()) {
      ReportPage.settings(s, "Model " + card.name(), card.settings());
    }
    return Page.foot(s);
  }

  private static void gallery(StringBuilder s, String heading, List<Shown> images) {
    if (images.isEmpty()) {
      return;
    }
    s.append("<section>\n<h2>" + heading + "</h2>\n<div class=\"gallery\">\n");
    for (Shown p : images) {
      s.append("<figure>");
      if (p.png().length > 0) {
        s.append(
            "<img"
                + (p.tiny() ? " class=\"tiny\"" : "")
                + " alt=\"Image of class "
                + Html.text(p.truth())
                + "\" src=\"data:image/png;base64,"
                + Base64.getEncoder().encodeToString(p.png())
                + "\">");
      }
      boolean right = p.truth().equals(p.answer());
      s.append("<figcaption><b>" + Html.text(p.truth()) + "</b>");
      s.append(right ? "" : " predicted as <b>" + Html.text(p.answer()) + "</b>");
      s.append("<br>" + percent(p.confidence()) + " confidence");
      s.append(right ? "" : ", true class " + percent(p.truthProbability()));
      s.append("<br><small>" + Html.text(p.name()) + "</small></figcaption></figure>\n");
    }
    s.append("</div>\n</section>\n");
  }

  private static String percent(double share) {
    if (share > 0.99999 || share < 0.00001) {
      return share > 0.5 ? "over 99.999&nbsp;%" : "under 0.001&nbsp;%";
    }
    boolean middle = share > 0.1 && share < 0.995;
    return Decimals.format(middle ? "%.1f&nbsp;%%" : "%.3f&nbsp;%%", 100 * share);
  }

  private static void confusion(StringBuilder s, Evaluation e) {
    Confusion confusion = new Confusion(e.classes(), e.confusion());
    s.append("<section>\n<h2>Confusion matrix</h2>\n");
    if (e.classes().size() <= ReportPage.FULL_MATRIX) {
      ReportPage.matrix(s, confusion);
    } else {
      s.append(
              "<p class=\"note\">Rows are true classes from top to bottom, columns predicted"
                  + " classes from left to right, both in the order of the model; blue is correct,"
                  + " orange wrong, and a stronger color means a larger share of the row.</p>\n")
          .append("<img class=\"heat\" alt=\"The confusion matrix as an image\"")
          .append(" src=\"data:image/png;base64,")
          .append(Base64.getEncoder().encodeToString(HeatMap.png(e.confusion())))
          .append("\">\n");
    }
    List<Confused> pairs = e.mostConfused(PAIRS);
    if (pairs.isEmpty()) {
      s.append("<p class=\"note\">Every image was classified correctly.</p>\n</section>\n");
      return;
    }
    List<PerClass> classes = e.perClass();
    s.append("<h3>Most confused pairs</h3>\n<div class=\"scroll\"><table class=\"numbers\">\n")
        .append("<tr><th class=\"name\">true class</th><th class=\"name\">predicted as</th>")
        .append("<th>images</th><th>share of class</th></tr>\n");
    for (Confused c : pairs) {
      s.append("<tr>" + name(e.classes().get(c.label())) + name(e.classes().get(c.answer())))
          .append(ReportPage.cell("%,.0f", c.images()))
          .append(share((double) c.images() / classes.get(c.label()).images()))
          .append("</tr>\n");
    }
    s.append("</table></div>\n</section>\n");
  }

  private static String name(String text) {
    return "<td class=\"name\">" + Html.text(text) + "</td>";
  }

  private static String share(double value) {
    return ReportPage.cell("%.2f&nbsp;%%", 100 * value);
  }

  private static void classes(StringBuilder s, List<PerClass> classes) {
    if (classes.size() <= FULL_TABLE) {
      s.append("<section>\n<h2>Per-class results</h2>\n");
      table(s, classes);
    } else {
      s.append("<section>\n<h2>Classes with the lowest recall</h2>\n");
      table(
          s,
          classes.stream()
              .filter(c -> c.images() > 0)
              .sorted(Comparator.comparingDouble(PerClass::recall))
              .limit(WORST)
              .toList());
      s.append("<details><summary>All " + Decimals.count(classes.size(), "class") + "</summary>\n");
      table(s, classes);
      s.append("</details>\n");
    }
    s.append("</section>\n");
  }

  private static void table(StringBuilder s, List<PerClass> classes) {
    s.append("<div class=\"scroll\"><table class=\"numbers\">\n<tr><th class=\"name\">class</th>")
        .append("<th>recall</th><th>precision</th><th>F1</th><th>images</th></tr>\n");
    for (PerClass c : classes) {
      s.append("<tr>" + name(c.name()))
          .append(share(c.recall()))
          .append(share(c.precision()))
          .append(share(c.f1()))
          .append(ReportPage.cell("%,.0f", c.images()))
          .append("</tr>\n");
    }
    s.append("</table></div>\n");
  }
}
