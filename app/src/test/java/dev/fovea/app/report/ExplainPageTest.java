package dev.fovea.app.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.report.ExplainReport.Answer;
import dev.fovea.app.report.ExplainReport.Chart;
import dev.fovea.app.report.ExplainReport.Explained;
import dev.fovea.app.report.ExplainReport.Grid;
import dev.fovea.app.report.ExplainReport.Heat;
import dev.fovea.app.report.ExplainReport.Line;
import dev.fovea.app.report.ExplainReport.Picture;
import dev.fovea.app.report.RunReport.Point;
import dev.fovea.app.report.RunReport.Setting;
import java.io.StringReader;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class ExplainPageTest {
  private static final String EVIL = "<img src=x onerror=\"alert('1')\">&amp;\u202e\u0007";

  private static String page(String text, double full, int number, int pages) {
    Picture seen = new Picture(new byte[] {1, 2}, "image/png", true);
    Heat heat =
        new Heat(
            text,
            new Picture(new byte[] {3}, "image/jpeg", false),
            text,
            text,
            full,
            List.of(new Setting(text, text)),
            text,
            List.of(new Setting(text, text + ".npy")));
    Chart chart =
        new Chart(
            text,
            text,
            text,
            List.of(new Line(text, List.of(new Point(0, 1), new Point(100, 0.25)))));
    Grid grid = new Grid(text, text, List.of(text, text), List.of(List.of(text, text)));
    Explained image =
        new Explained(
            text,
            text,
            seen,
            List.of(new Answer(text, 0.9, true), new Answer(text, 1e-9, false)),
            List.of(heat),
            List.of(chart),
            List.of(grid));
    ExplainReport report =
        new ExplainReport(
            text,
            List.of(new Setting(text, text)),
            List.of(chart),
            List.of(grid),
            List.of(new Setting(text, text)));
    return ExplainPage.html(report, List.of(ExplainPage.section(image)), number, pages);
  }

  @Test
  void namesFromOutsideDoNothing() {
    assertThat(page(EVIL, 1, 1, 3))
        .doesNotContain("<img src=x", "onerror=\"", "<script", "\u202e", "\u0007")
        .contains("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;");
    assertThat(page("javascript:alert(1)", 1, 1, 1)).contains("href=\"./javascript%3Aalert%281%29");
  }

  @Test
  void theBrowserIsForbiddenToFetchOrRunAnything() {
    assertThat(page("cat", 1, 1, 2))
        .contains("Content-Security-Policy", "default-src 'none'")
        .doesNotContain("http://", "https://", "<link", "@import", "http-equiv=\"refresh\"");
  }

  @Test
  void theElementsOfThePageAreBalanced() throws Exception {
    for (int number = 1; number <= 3; number++) {
      String page = page(EVIL, 1, number, 3);
      String body =
          page.substring(page.indexOf("<body>"), page.indexOf("</body>") + 7)
              .replace("&nbsp;", " ")
              .replaceAll("(<img [^>]*[^/])>", "$1/>");
      var document =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(new InputSource(new StringReader(body)));
      assertThat(document.getElementsByTagName("figure").getLength()).isEqualTo(2);
      assertThat(document.getElementsByTagName("svg").getLength()).isEqualTo(number == 1 ? 2 : 1);
      assertThat(page).doesNotContain("NaN", "Infinity");
    }
  }

  @Test
  void theScaleOfAMapStandsBelowItAndAnEmptyMapHasNone() {
    assertThat(page("cat", 2.16, 1, 1))
        .contains("<span>−2.16</span><span>0</span><span>+2.16</span>");
    assertThat(page("cat", 0.000123, 1, 1)).contains("+1.23e-04");
    assertThat(page("cat", 0, 1, 1)).doesNotContain("class=\"ramp\"");
  }

  @Test
  void smallSharesAreSaidInWords() {
    assertThat(page("cat", 1, 1, 1)).contains("90.00&nbsp;%", "under 0.01&nbsp;%");
  }
}
