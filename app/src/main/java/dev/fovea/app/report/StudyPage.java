package dev.fovea.app.report;

import dev.fovea.app.report.RunReport.Point;
import dev.fovea.study.Criterion;
import dev.fovea.study.Finding;
import dev.fovea.study.Grid;
import dev.fovea.study.Plot;
import dev.fovea.study.Question;
import dev.fovea.study.Scale;
import dev.fovea.study.Series;
import dev.fovea.study.StudyResult;
import dev.fovea.study.Verdict;
import dev.fovea.tensor.Decimals;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** Renders a study as an HTML page, see {@link Page}: claim, criteria, plots and tables. */
public final class StudyPage {
  private StudyPage() {}

  /**
   * The page.
   *
   * @param facts machine, versions and time, as pairs of label and value
   */
  public static String html(StudyResult result, List<RunReport.Setting> facts) {
    StringBuilder s = new StringBuilder(1 << 16);
    Page.head(s, result.study().claim().title() + " (" + result.study().name() + ")", 0);
    s.append("<p class=\"claim\">" + Html.text(result.study().claim().statement()) + "</p>\n");
    s.append("<p class=\"note\">" + Html.text(result.study().claim().source()) + "</p>\n");
    verdict(s, result);
    rule(s, result.findings());
    secondary(s, result);
    plots(s, result.conclusion().plots());
    result.conclusion().grids().forEach(g -> grid(s, g));
    setup(s, result);
    facts(s, facts);
    return Page.foot(s);
  }

  private static void verdict(StringBuilder s, StudyResult result) {
    long holding = result.findings().stream().filter(Finding::holds).count();
    s.append("<dl class=\"headline\">\n")
        .append(pair("verdict", result.verdict().text()))
        .append(pair("criteria met", holding + " of " + result.findings().size()))
        .append(pair("scale", result.setting().scale().name().toLowerCase(Locale.ROOT)))
        .append(pair("images", name(Path.of(result.setting().data()))))
        .append("</dl>\n");
  }

  private static String name(Path data) {
    return Objects.requireNonNullElse(data.getFileName(), data).toString();
  }

  private static String pair(String name, String value) {
    return "<div><dt>" + Html.text(name) + "</dt><dd>" + Html.text(value) + "</dd></div>\n";
  }

  private static void rule(StringBuilder s, List<Finding> findings) {
    s.append("<section>\n<h2>Criteria and measurements</h2>\n")
        .append(
            "<p class=\"note\">The limits were fixed before the run. If all criteria hold, the"
                + " verdict is: "
                + Verdict.REPRODUCED.text()
                + "; some: "
                + Verdict.PARTLY.text()
                + "; none: "
                + Verdict.NOT_SEEN.text()
                + ".</p>\n")
        .append("<div class=\"scroll\"><table class=\"rule\">\n")
        .append(
            // The result is beside the criterion, so that a phone shows it without scrolling.
            "<tr><th>criterion</th><th>holds</th><th>measured</th><th>limit</th>"
                + "<th>in the paper</th></tr>\n");
    for (Finding f : findings) {
      Criterion c = f.criterion();
      s.append("<tr><td>" + Html.text(c.statement()) + "</td>")
          .append(f.holds() ? "<td class=\"yes\">yes</td>" : "<td class=\"no\">no</td>")
          .append("<td>" + Html.text(measured(f)) + "</td>")
          .append(
              "<td>"
                  + (c.bound() == Criterion.Bound.AT_LEAST ? "at least " : "at most ")
                  + Html.text(amount(c.limit(), c.unit()))
                  + "</td>")
          .append("<td>" + Html.text(c.paper()) + "</td>")
          .append("</tr>\n");
    }
    s.append("</table></div>\n</section>\n");
  }

  private static void secondary(StringBuilder s, StudyResult result) {
    List<Question> questions = result.study().secondaryQuestions();
    List<String> answers = result.conclusion().answers(questions);
    for (int i = 0; i < questions.size(); i++) {
      s.append("<section>\n<h2>" + Html.text(questions.get(i).text()) + "</h2>\n")
          .append("<p>" + Html.text(answers.get(i)) + "</p>\n")
          .append(
              "<p class=\"note\">"
                  + Html.text(
                      questions.get(i).rule()
                          + " This rule was fixed before the run; the answer does not count for"
                          + " the verdict.")
                  + "</p>\n</section>\n");
    }
  }

  /** A number with its unit; {@code no value} if the runs gave none. */
  public static String amount(double v, String unit) {
    if (!Double.isFinite(v)) {
      return "no value";
    }
    String number =
        v == Math.rint(v) && Math.abs(v) < 1e9
            ? Long.toString((long) v)
            : Decimals.format(Math.abs(v) < 0.1 ? "%.2g" : "%.2f", v);
    return unit.isEmpty() ? number : number + " " + unit;
  }

  /** The measured value, with enough decimals to show on which side of the limit it is. */
  public static String measured(Finding f) {
    double v = f.measured();
    Criterion c = f.criterion();
    BigDecimal shown = BigDecimal.valueOf(0);
    for (int decimals = 2; Double.isFinite(v) && decimals <= 6; decimals++) {
      shown = BigDecimal.valueOf(v).setScale(decimals, RoundingMode.HALF_EVEN);
      if (c.holds(shown.doubleValue()) == f.holds()) {
        break;
      }
    }
    return shown.scale() <= 2 ? amount(v, c.unit()) : (shown + " " + c.unit()).strip();
  }

  private static void plots(StringBuilder s, List<Plot> plots) {
    if (plots.isEmpty()) {
      return;
    }
    s.append("<section class=\"charts\" aria-label=\"Plots\">\n");
    plots.forEach(p -> s.append(svg(p)));
    s.append("</section>\n");
  }

  private static String svg(Plot plot) {
    if (plot.kind() == Plot.Kind.BARS) {
      return new BarChart(
              plot.title(),
              plot.yLabel(),
              plot.bars(),
              plot.series().stream().map(x -> bars(x, plot.bars().size())).toList())
          .svg();
    }
    LineChart.Style style = new LineChart.Style(plot.logX(), plot.kind() == Plot.Kind.CURVES);
    return new LineChart(
            plot.title(),
            plot.xLabel(),
            plot.yLabel(),
            false,
            style,
            plot.series().stream()
                .map(
                    c ->
                        new LineChart.Curve(
                            c.name(),
                            c.points().stream().map(p -> new Point(p.x(), p.y())).toList()))
                .toList())
        .svg();
  }

  private static BarChart.Bars bars(Series series, int count) {
    Double[] values = new Double[count];
    java.util.Arrays.fill(values, Double.NaN);
    series.points().forEach(p -> values[(int) p.x()] = p.y());
    return new BarChart.Bars(series.name(), List.of(values));
  }

  private static void grid(StringBuilder s, Grid grid) {
    s.append("<section>\n<h2>" + Html.text(grid.title()) + "</h2>\n")
        .append("<div class=\"scroll\"><table class=\"numbers\">\n");
    row(s, "th", grid.columns());
    grid.rows().forEach(cells -> row(s, "td", cells));
    s.append("</table></div>\n</section>\n");
  }

  private static void row(StringBuilder s, String cell, List<String> texts) {
    s.append("<tr>");
    String kind = " class=\"name\"";
    for (String text : texts) {
      s.append("<" + cell + kind + ">" + Html.text(text) + "</" + cell + ">");
      kind = "";
    }
    s.append("</tr>\n");
  }

  private static void setup(StringBuilder s, StudyResult result) {
    s.append("<section>\n<h2>Method</h2>\n");
    result
        .study()
        .setup(result.setting().scale())
        .forEach(t -> s.append("<p>" + Html.text(t) + "</p>\n"));
    if (result.setting().scale() == Scale.QUICK && !result.runs().isEmpty()) {
      s.append(
          Decimals.format(
              "<p>Each of the %d training runs took %d epochs over %.1f %% of the images, as many"
                  + " as fit into the time limit.</p>%n",
              result.runs().size(), result.plan().epochs(), 100 * result.plan().fraction()));
    }
    result.conclusion().notes().forEach(n -> s.append("<p>" + Html.text(n) + "</p>\n"));
    s.append("</section>\n");
  }

  private static void facts(StringBuilder s, List<RunReport.Setting> facts) {
    s.append("<section>\n<h2>Environment</h2>\n<table class=\"settings\">\n");
    facts.forEach(
        f ->
            s.append(
                "<tr><th>"
                    + Html.text(f.name())
                    + "</th><td>"
                    + Html.text(f.value())
                    + "</td></tr>\n"));
    s.append("</table>\n</section>\n");
  }
}
