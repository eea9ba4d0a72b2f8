package dev.fovea.app.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.report.RunReport.Confusion;
import dev.fovea.app.report.RunReport.Epoch;
import dev.fovea.app.report.RunReport.Point;
import dev.fovea.app.report.RunReport.Setting;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class ReportPageTest {
  private static final String EVIL = "<img src=x onerror=\"alert('1')\">&amp;\u202e\u0007";

  private static RunReport report(String name, int epochs, boolean running) {
    List<Epoch> rows = new ArrayList<>();
    for (int e = 1; e <= epochs; e++) {
      rows.add(
          new Epoch(
              e,
              2.0 / e,
              1 - 0.9 / e,
              2.1 / e,
              e == 2 ? Double.NaN : 1 - 1.0 / e,
              0.1 / e,
              1300,
              12));
    }
    List<Point> rates = List.of(new Point(0, 0), new Point(500, 0.1), new Point(1000, 0.001));
    return new RunReport(
        name,
        running,
        List.of(new Setting("best " + name, name)),
        List.of(new Setting(name, name)),
        rows,
        rates,
        new byte[] {1, 2, 3},
        new Confusion(List.of(name, "cat"), List.of(List.of(9L, 1L), List.of(0L, 10L))));
  }

  @Test
  void namesFromOutsideDoNothing() {
    String page = ReportPage.html(report(EVIL, 3, false));
    assertThat(page)
        .doesNotContain("<img src=x", "onerror=\"", "<script", "\u202e", "\u0007")
        .contains("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;");
  }

  @Test
  void theBrowserIsForbiddenToFetchOrRunAnything() {
    String page = ReportPage.html(report("run", 3, false));
    assertThat(page).contains("Content-Security-Policy", "default-src 'none'");
    assertThat(page).doesNotContain("http://", "https://", "<link", "@import");
  }

  @Test
  void theElementsOfThePageAreBalanced() throws Exception {
    String page = ReportPage.html(report(EVIL, 50, true));
    String body =
        page.substring(page.indexOf("<body>"), page.indexOf("</body>") + 7)
            .replace("&nbsp;", " ")
            .replaceAll("(<img [^>]*[^/])>", "$1/>");
    var document =
        DocumentBuilderFactory.newInstance()
            .newDocumentBuilder()
            .parse(new InputSource(new StringReader(body)));
    assertThat(document.getElementsByTagName("svg").getLength()).isEqualTo(4);
    assertThat(document.getElementsByTagName("title").getLength()).isGreaterThan(100);
  }

  @Test
  void onlyARunningReportLoadsItselfAgain() {
    assertThat(ReportPage.html(report("run", 1, true))).contains("http-equiv=\"refresh\"");
    assertThat(ReportPage.html(report("run", 1, false))).doesNotContain("http-equiv=\"refresh\"");
  }

  @Test
  void aReportBeforeTheFirstEpochIsAPageWithoutCurves() {
    RunReport empty =
        new RunReport(
            "run", true, List.of(), List.of(), List.of(), List.of(), new byte[0], Confusion.NONE);
    assertThat(ReportPage.html(empty))
        .contains("after the first epoch")
        .doesNotContain("<svg", "<img", "NaN");
  }

  @Test
  void theBestEpochIsMarkedAndGapsAreDashes() {
    String page = ReportPage.html(report("run", 3, false));
    assertThat(page.substring(page.indexOf("class=\"best\"")))
        .startsWith("class=\"best\"><td>3</td>");
    assertThat(page).contains("<td>–</td>").doesNotContain("NaN");
  }
}
