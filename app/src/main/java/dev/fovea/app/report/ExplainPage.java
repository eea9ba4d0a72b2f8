package dev.fovea.app.report;

import dev.fovea.app.report.ExplainReport.Answer;
import dev.fovea.app.report.ExplainReport.Chart;
import dev.fovea.app.report.ExplainReport.Explained;
import dev.fovea.app.report.ExplainReport.Grid;
import dev.fovea.app.report.ExplainReport.Heat;
import dev.fovea.app.report.ExplainReport.Picture;
import dev.fovea.app.report.RunReport.Setting;
import dev.fovea.tensor.Decimals;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;

/**
 * Renders explanations as HTML pages, see {@link Page}.
 *
 * <p>An image is rendered once, when it is explained, and its section is kept as text, since a page
 * is written again while images are added to it.
 */
public final class ExplainPage {
  private static final String UNRESERVED = "-._~";

  private ExplainPage() {}

  /**
   * A page.
   *
   * @param sections of its images, as {@link #section} made them
   * @param number of this page, from 1; the first also shows what concerns all images
   * @param pages how many there are
   */
  public static String html(ExplainReport report, List<String> sections, int number, int pages) {
    StringBuilder s = new StringBuilder(1 << 18);
    String title = report.title();
    Page.head(s, number == 1 ? title : title + ", page " + number, 0);
    if (number == 1) {
      ReportPage.headline(s, report.headline());
      how(s);
    }
    links(s, number, pages);
    if (number == 1) {
      charts(s, report.summary());
      report.tables().forEach(t -> table(s, "h2", t));
    }
    sections.forEach(s::append);
    links(s, number, pages);
    if (number == 1) {
      ReportPage.settings(s, "Settings", report.settings());
    }
    return Page.foot(s);
  }

  /** The file of a page, from 1. */
  public static String file(int number) {
    return number == 1 ? "index.html" : "page-" + number + ".html";
  }

  private static void how(StringBuilder s) {
    s.append(
        "<p class=\"note\">Each map lies over what the network saw, in gray. <b"
            + " class=\"for\">Red</b> pixels raise the score that is explained, <b"
            + " class=\"against\">blue</b> ones lower it, and the stronger the color, the larger"
            + " the value. Every map has its own scale, which stands below it.</p>\n");
  }

  /** The first page leads to all others; these, which are written once, to their neighbors. */
  private static void links(StringBuilder s, int number, int pages) {
    if (pages < 2) {
      return;
    }
    s.append("<nav class=\"pages\" aria-label=\"Pages\">");
    if (number == 1) {
      s.append("<b aria-current=\"page\">1</b>");
      for (int p = 2; p <= pages; p++) {
        s.append(link(p, String.valueOf(p)));
      }
    } else {
      s.append(link(number - 1, "previous"));
      s.append("<b aria-current=\"page\">" + number + "</b>");
      s.append(number < pages ? link(number + 1, "next") : "");
    }
    s.append("</nav>\n");
  }

  private static String link(int page, String text) {
    return "<a href=\"" + file(page) + "\">" + text + "</a>";
  }

  /** The section of an image. */
  public static String section(Explained image) {
    StringBuilder s = new StringBuilder(1 << 16);
    s.append("<section class=\"explained\">\n<h2>" + Html.text(image.name()) + "</h2>\n")
        .append("<p class=\"question\">" + Html.text(image.question()) + "</p>\n")
        .append("<div class=\"maps\">\n<figure>");
    picture(s, image.seen(), "What the network saw of " + image.name());
    s.append("<figcaption><b>What the network saw</b>");
    answers(s, image.answers());
    s.append("</figcaption></figure>\n");
    image.maps().forEach(m -> heat(s, image.name(), m));
    s.append("</div>\n");
    charts(s, image.charts());
    image.tables().forEach(t -> table(s, "h3", t));
    return s.append("</section>\n").toString();
  }

  private static void picture(StringBuilder s, Picture p, String alt) {
    s.append(p.small() ? "<img class=\"tiny\"" : "<img")
        .append(" alt=\"" + Html.text(alt) + "\" src=\"data:" + p.type() + ";base64,")
        .append(Base64.getEncoder().encodeToString(p.bytes()))
        .append("\">");
  }

  private static void answers(StringBuilder s, List<Answer> answers) {
    s.append("<ol class=\"answers\">");
    for (Answer a : answers) {
      s.append(a.asked() ? "<li class=\"asked\">" : "<li>")
          .append("<span class=\"name\">" + Html.text(a.name()) + "</span>")
          .append("<span class=\"share\">" + percent(a.probability()) + "</span>")
          .append(
              Decimals.format(
                  "<span class=\"bar\"><span style=\"width:%.2f%%\"></span></span></li>",
                  100 * a.probability()));
    }
    s.append("</ol>");
  }

  private static String percent(double share) {
    return share > 0 && share < 0.0001
        ? "under 0.01&nbsp;%"
        : Decimals.format("%.2f&nbsp;%%", 100 * share);
  }

  private static void heat(StringBuilder s, String image, Heat m) {
    s.append("<figure>");
    picture(s, m.overlay(), m.method() + " of " + image);
    s.append("<figcaption><b>" + Html.text(m.method()) + "</b>");
    if (m.full() > 0) {
      String full = Decimals.significant(m.full());
      s.append(
              "<span class=\"ramp\" role=\"img\" aria-label=\"From −" + full + ", blue, over 0 to ")
          .append(full + ", red\"></span><span class=\"ends\"><span>−" + full + "</span>")
          .append("<span>0</span><span>+" + full + "</span></span>")
          .append("<span class=\"ends\"><span class=\"against\">" + Html.text(m.against()))
          .append("</span><span class=\"for\">" + Html.text(m.towards()) + "</span></span>");
    }
    if (!m.remark().isEmpty()) {
      s.append("<span class=\"remark\">" + Html.text(m.remark()) + "</span>");
    }
    s.append("<dl>");
    for (Setting f : m.facts()) {
      s.append("<dt>" + Html.text(f.name()) + "</dt><dd>" + Html.text(f.value()) + "</dd>");
    }
    s.append("</dl>");
    for (Setting file : m.files()) {
      s.append("<a href=\"" + address(file.value()) + "\">" + Html.text(file.name()) + "</a> ");
    }
    s.append("</figcaption></figure>\n");
  }

  private static String address(String file) {
    StringBuilder out = new StringBuilder();
    for (byte b : file.getBytes(StandardCharsets.UTF_8)) {
      char c = (char) (b & 255);
      boolean plain = c < 128 && (Character.isLetterOrDigit(c) || UNRESERVED.indexOf(c) >= 0);
      out.append(plain ? String.valueOf(c) : Decimals.format("%%%02X", (int) c));
    }
    return "./" + out;
  }

  private static void charts(StringBuilder s, List<Chart> charts) {
    if (charts.isEmpty()) {
      return;
    }
    s.append("<div class=\"charts\">\n");
    for (Chart c : charts) {
      s.append(
          new LineChart(
                  c.title(),
                  c.xLabel(),
                  c.yLabel(),
                  true,
                  c.lines().stream().map(l -> new LineChart.Curve(l.name(), l.points())).toList())
              .svg());
    }
    s.append("</div>\n");
  }

  private static void table(StringBuilder s, String heading, Grid t) {
    s.append("<" + heading + ">" + Html.text(t.title()) + "</" + heading + ">\n");
    if (!t.note().isEmpty()) {
      s.append("<p class=\"note\">" + Html.text(t.note()) + "</p>\n");
    }
    s.append("<div class=\"scroll\"><table class=\"numbers\">\n<tr>");
    for (int i = 0; i < t.headings().size(); i++) {
      s.append(i == 0 ? "<th class=\"name\">" : "<th>")
          .append(Html.text(t.headings().get(i)) + "</th>");
    }
    s.append("</tr>\n");
    for (List<String> row : t.rows()) {
      s.append("<tr>");
      for (int i = 0; i < row.size(); i++) {
        s.append(i == 0 ? "<td class=\"name\">" : "<td>").append(Html.text(row.get(i)) + "</td>");
      }
      s.append("</tr>\n");
    }
    s.append("</table></div>\n");
  }
}
