package dev.fovea.app.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import dev.fovea.app.report.EvalReport.Card;
import dev.fovea.app.report.EvalReport.Shown;
import dev.fovea.app.report.RunReport.Setting;
import dev.fovea.eval.Evaluation;
import dev.fovea.eval.Tally;
import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.xml.sax.InputSource;

class EvalPageTest {
  private static final String EVIL = "<img src=x onerror=\"alert('1')\">&amp;\u202e\u0007";

  /** Every class has three images: two right, one predicted as the class after it. */
  private static Evaluation result(int classes, String first) {
    List<String> names = new ArrayList<>(List.of(first));
    for (int k = 1; k < classes; k++) {
      names.add("class " + k);
    }
    Tally tally = new Tally(names);
    Random random = new Random(1);
    for (int i = 0; i < 3 * classes; i++) {
      int label = i % classes;
      int answer = i < 2 * classes ? label : (label + 1) % classes;
      double sure = 0.5 + random.nextDouble() / 2;
      double[] p = new double[classes];
      java.util.Arrays.fill(p, (1 - sure) / (classes - 1));
      p[answer] = sure;
      tally.add(java.util.Arrays.stream(p).map(Math::log).toArray(), label);
    }
    return tally.result();
  }

  private static String page(int classes, String name) {
    Shown wrong = new Shown(new byte[] {1, 2}, true, name, name, "class 1", 0.99, 0.01);
    Shown gone = new Shown(new byte[0], false, name, name, name, 0.4, 0.4);
    return EvalPage.html(
        new EvalReport(
            name,
            List.of(new Setting("top-1", "66.67 %")),
            result(classes, name),
            List.of(wrong),
            List.of(gone),
            List.of(new Setting("views", name)),
            List.of(new Card(name, List.of(new Setting(name, name))))));
  }

  @Test
  void namesFromOutsideDoNothing() {
    assertThat(page(10, EVIL))
        .doesNotContain("<img src=x", "onerror=\"", "<script", "\u202e", "\u0007")
        .contains("&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;&amp;amp;");
  }

  @Test
  void theBrowserIsForbiddenToFetchOrRunAnything() {
    assertThat(page(10, "cat"))
        .contains("Content-Security-Policy", "default-src 'none'")
        .doesNotContain("http://", "https://", "<link", "@import", "http-equiv=\"refresh\"");
  }

  @Test
  void theElementsOfThePageAreBalanced() throws Exception {
    for (int classes : new int[] {2, 10, 100, 1000}) {
      String page = page(classes, EVIL);
      String body =
          page.substring(page.indexOf("<body>"), page.indexOf("</body>") + 7)
              .replace("&nbsp;", " ")
              .replace("<br>", "<br/>")
              .replaceAll("(<img [^>]*[^/])>", "$1/>");
      var document =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(new InputSource(new StringReader(body)));
      assertThat(document.getElementsByTagName("svg").getLength()).isEqualTo(2);
      assertThat(document.getElementsByTagName("figure").getLength()).isEqualTo(2);
      assertThat(page).doesNotContain("NaN", "Infinity");
    }
  }

  @Test
  void fewClassesHaveATableAndManyAnImage() {
    assertThat(page(10, "cat")).contains("class=\"matrix\"").doesNotContain("class=\"heat\"");
    assertThat(page(1000, "cat"))
        .contains("class=\"heat\"", "All 1000 classes", "Most confused pairs")
        .doesNotContain("class=\"matrix\"")
        .hasSizeLessThan(1 << 20);
  }

  @Test
  void theImageOfAMatrixHasItsColoursWhereTheImagesAre() throws IOException {
    List<List<Long>> counts =
        List.of(List.of(9L, 0L, 0L), List.of(4L, 0L, 0L), List.of(0L, 0L, 0L));
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(HeatMap.png(counts)));
    assertThat(image.getWidth()).isEqualTo(600);
    assertThat(image.getRGB(100, 100)).isEqualTo(0xff1f6feb);
    assertThat(image.getRGB(100, 300)).isEqualTo(0xffd9480f);
    assertThat(image.getRGB(300, 300) >>> 24).isZero();
    assertThat(image.getRGB(500, 500) >>> 24).isZero();
  }

  @Test
  void aMatrixOfManyClassesFitsItsImage() throws IOException {
    List<List<Long>> counts = new ArrayList<>();
    for (int t = 0; t < 1000; t++) {
      List<Long> row = new ArrayList<>();
      for (int a = 0; a < 1000; a++) {
        row.add(t == a ? 5L : 0L);
      }
      counts.add(row);
    }
    BufferedImage image = ImageIO.read(new ByteArrayInputStream(HeatMap.png(counts)));
    assertThat(image.getWidth()).isEqualTo(500);
    for (int i = 0; i < 500; i++) {
      // Two classes share a cell, and each has all its images on the diagonal.
      assertThat(image.getRGB(i, i)).isEqualTo(0xff1f6feb);
    }
  }

  @Test
  void theReliabilityDiagramHasABarForEveryBinWithImages() {
    Evaluation e = result(10, "cat");
    long bins = e.calibration().bins().stream().filter(b -> b.images() > 0).count();
    String svg = ConfidenceChart.reliability(e.calibration());
    assertThat(svg.split("<rect class=\"b0\"", -1)).hasSize((int) bins + 2);
    assertThat(svg).contains("overconfident", "underconfident", "confidence (%)");
    assertThat(ConfidenceChart.reliability(new Tally(List.of("a", "b")).result().calibration()))
        .doesNotContain("NaN");
    assertThat(ConfidenceChart.histogram(new Tally(List.of("a", "b")).result().calibration()))
        .doesNotContain("NaN");
  }

  @Test
  void aGapIsInOneColorOfTheLegendOnWhicheverSideItLies() {
    Tally tally = new Tally(List.of("a", "b"));
    // Nine of ten right at a confidence of 0.6, and one of four at 0.95.
    for (int i = 0; i < 10; i++) {
      tally.add(new double[] {Math.log(0.6), Math.log(0.4)}, i == 0 ? 1 : 0);
    }
    for (int i = 0; i < 4; i++) {
      tally.add(new double[] {Math.log(0.95), Math.log(0.05)}, i == 0 ? 0 : 1);
    }
    String svg = ConfidenceChart.reliability(tally.result().calibration());
    Matcher m =
        Pattern.compile(
                "class=\"(b\\d[ a-z]*)\" x=\"([\\d.]+)\" y=\"([\\d.]+)\""
                    + " width=\"2.*?height=\"([\\d.]+)\"")
            .matcher(svg);
    List<String> colors = new ArrayList<>();
    double x = 0;
    double top = 0;
    while (m.find()) {
      double at = Double.parseDouble(m.group(2));
      double y = Double.parseDouble(m.group(3));
      double bottom = y + Double.parseDouble(m.group(4));
      colors.add(m.group(1));
      if (at == x) {
        assertThat(bottom).as("the second bar stands on the first").isCloseTo(top, offset(0.11));
      }
      x = at;
      top = y;
    }
    assertThat(colors).containsExactly("b0", "b0 gap", "b0", "b1 gap");
  }
}
