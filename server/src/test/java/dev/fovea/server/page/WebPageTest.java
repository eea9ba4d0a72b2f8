package dev.fovea.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The files of the page, without a browser. */
class WebPageTest {
  @Test
  void filesAreFoundByTheirPathsAndNothingElseIs() {
    assertThat(WebPage.find("/").orElseThrow().contentType()).isEqualTo("text/html; charset=utf-8");
    assertThat(WebPage.find("/page/fovea.js").orElseThrow().contentType())
        .startsWith("text/javascript");
    assertThat(WebPage.find("/openapi.json").orElseThrow().contentType())
        .isEqualTo("application/json");
    for (String path :
        new String[] {
          "",
          "/page/",
          "/page/../WebPage.class",
          "/page/WebPage.class",
          "/index.html",
          "//",
          "/page/fovea.js/"
        }) {
      assertThat(WebPage.find(path)).as(path).isEmpty();
    }
  }

  @Test
  void everythingThatThePagesNameIsThere() {
    Pattern link = Pattern.compile("(?:href|src)=\"([^\"#][^\"]*)\"");
    for (StaticFile file : WebPage.files()) {
      if (file.contentType().startsWith("text/html")) {
        Matcher found = link.matcher(text(file));
        while (found.find()) {
          String path = found.group(1).equals("./") ? "/" : "/" + found.group(1);
          assertThat(WebPage.find(path)).as(path + " in " + file.path()).isPresent();
        }
      }
    }
  }

  @Test
  void nothingIsInlineAndNothingComesFromElsewhere() {
    for (StaticFile file : WebPage.files()) {
      String text = text(file);
      if (file.contentType().startsWith("text/html")) {
        assertThat(text)
            .doesNotContain("<style")
            .doesNotContain(" style=")
            .doesNotContain(" onclick")
            .doesNotContain("<script>");
      }
      if (!file.path().equals("/page/icon.svg") && !file.path().equals("/openapi.json")) {
        assertThat(text).as(file.path()).doesNotContain("http://").doesNotContain("https://");
      }
      assertThat(text)
          .as(file.path())
          .doesNotContain("innerHTML")
          .doesNotContain("insertAdjacent")
          .doesNotContain("eval(");
    }
  }

  @Test
  void theHeadersForbidWhatThePagesDoNotNeed() {
    for (StaticFile file : WebPage.files()) {
      assertThat(file.headers())
          .containsEntry("X-Content-Type-Options", "nosniff")
          .containsEntry("Referrer-Policy", "no-referrer")
          .containsEntry("ETag", file.etag());
      assertThat(file.headers().get("Content-Security-Policy"))
          .contains("default-src 'none'")
          .contains("script-src 'self';")
          .contains("frame-ancestors 'none'")
          .doesNotContain("unsafe");
    }
    assertThat(WebPage.files())
        .extracting(StaticFile::etag)
        .doesNotHaveDuplicates()
        .allMatch(e -> e.matches("\"[0-9a-f]{24}\""));
  }

  private static String text(StaticFile file) {
    return new String(file.bytes(), StandardCharsets.UTF_8);
  }
}
