package dev.fovea.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.fovea.server.Server;
import dev.fovea.server.ServerOptions;
import dev.fovea.server.attack.SmallModel;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The page in a real browser, with a real server and real networks behind it. */
@Tag("browser")
class ServedPageInABrowserTest {
  private static final String ATTACK = "<img src=x onerror=\"window.ran=1\">";
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path folder;
  private static Chromium chromium;
  private static Server server;
  private static Path picture;

  @BeforeAll
  static void start() throws IOException {
    Path first = SmallModel.write(folder.resolve("a"), List.of("ant", "bee", "cat", ATTACK), 1);
    Path second = SmallModel.write(folder.resolve("b"), List.of("dog", ATTACK, "elk"), 2);
    server =
        Server.start(
            ServerOptions.standard()
                .model("first", first)
                .model("second", second)
                .port(0)
                .log(line -> {}));
    picture = Files.write(folder.resolve("picture.jpg"), SmallModel.picture(5));
    chromium = Chromium.start();
  }

  @AfterAll
  static void stop() throws IOException {
    chromium.close();
    server.close();
  }

  private static Chromium.Tab asked() {
    Chromium.Tab tab = chromium.open(1280, 900, false);
    tab.go(server.address().toString());
    tab.await("document.querySelectorAll('input[name=model]').length === 2");
    tab.choose("#file", picture);
    ready(tab);
    return tab;
  }

  private static void ready(Chromium.Tab tab) {
    tab.await(
        "document.querySelectorAll('.seen img:not([hidden])').length === 2"
            + " && !document.querySelector('[aria-busy]')");
  }

  @Test
  void thePageNamesTheClassesThatClassifyNames() throws Exception {
    Chromium.Tab tab = asked();
    JsonNode models = classified();
    for (int m = 0; m < 2; m++) {
      String card = ".card:nth-child(" + (m + 1) + ") ";
      assertThat(tab.text(card + "h2")).isEqualTo(models.at("/" + m + "/model").asText());
      JsonNode predictions = models.get(m).get("predictions");
      for (int k = 0; k < predictions.size(); k++) {
        String row = card + ".bars li:nth-child(" + (k + 1) + ") ";
        assertThat(tab.text(row + ".label")).isEqualTo(predictions.get(k).get("class").asText());
      }
      assertThat(tab.text(card + ".top1 .name"))
          .isEqualTo(predictions.get(0).get("class").asText());
    }
    assertThat(tab.evaluate("window.ran === undefined").asBoolean()).isTrue();
    assertThat(tab.complaints()).isEmpty();
  }

  private static JsonNode classified() throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(
                server.address().resolve("/v1/classify?model=first&model=second&top=9"))
            .POST(BodyPublishers.ofFile(picture))
            .build();
    return JSON.readTree(
            HttpClient.newHttpClient().send(request, BodyHandlers.ofByteArray()).body())
        .get("models");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"grad-cam", "hires-cam", "integrated-gradients", "smooth-grad", "occlusion"})
  void everyMethodShowsAHeatMapOverWhatTheNetworkSaw(String method) {
    Chromium.Tab tab = asked();
    tab.evaluate(
        "(() => { const s = document.getElementById('method'); s.value = '"
            + method
            + "'; s.dispatchEvent(new Event('change')); })()");
    tab.await("!document.querySelector('[aria-busy]')");
    tab.click(".card:nth-child(2) .bars li:nth-child(2) button");
    tab.await("!document.querySelector('[aria-busy]')");
    assertThat(tab.evaluate("document.querySelectorAll('.notice:not([hidden])').length").asInt())
        .isZero();
    assertThat(tab.evaluate("document.querySelector('.seen img').naturalWidth").asInt())
        .isEqualTo(SmallModel.SIDE);
    double inFullColor =
        tab.evaluate(
                "(() => { const c = document.querySelector('.card:nth-child(2) canvas');"
                    + " const d = c.getContext('2d').getImageData(0, 0, c.width, c.height).data;"
                    + " return d.filter((v, i) => i % 4 === 3 && v === 255).length / d.length * 4;"
                    + " })()")
            .asDouble();
    assertThat(inFullColor).isBetween(0.005, 0.9);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void oneClassIsExplainedAgainstAnother() {
    Chromium.Tab tab = asked();
    String pixels =
        "(() => { const c = document.querySelector('.card canvas'); return"
            + " c.toDataURL().length + c.toDataURL().slice(-400); })()";
    String before = tab.evaluate(pixels).asText();
    tab.evaluate(
        "(() => { const s = document.querySelectorAll('.card:nth-child(1) select')[1];"
            + " s.selectedIndex = 3; s.dispatchEvent(new Event('change')); })()");
    tab.await("!document.querySelector('[aria-busy]')");
    assertThat(tab.text(".card .notice")).isEmpty();
    assertThat(tab.evaluate(pixels).asText()).isNotEqualTo(before);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void whatIsNoPictureIsSaidInTheWordsOfTheServer() throws IOException {
    Chromium.Tab tab = asked();
    tab.choose("#file", Files.writeString(folder.resolve("notes.jpg"), "these are notes"));
    tab.await("document.querySelectorAll('.card .notice').length === 2");
    assertThat(tab.text(".card .notice")).isNotBlank().doesNotContain(folder.toString());
  }
}
