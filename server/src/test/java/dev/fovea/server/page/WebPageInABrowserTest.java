package dev.fovea.server.page;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The page in a real browser, before a server that answers what a test wants to see. */
@Tag("browser")
class WebPageInABrowserTest {
  private static final String ATTACK =
      "<img src=x onerror=\"window.ran=1\"><script>window.ran=1</script>";
  private static final String READY =
      "document.querySelector('.seen img:not([hidden])') && !document.querySelector('[aria-busy]')";

  private static Chromium chromium;

  @TempDir Path folder;
  private FakeServer server;
  private Path picture;

  @BeforeAll
  static void start() throws IOException {
    chromium = Chromium.start();
  }

  @AfterAll
  static void stop() throws IOException {
    chromium.close();
  }

  @BeforeEach
  void serve() throws IOException {
    Map<String, List<String>> models = new LinkedHashMap<>();
    models.put(
        "photos",
        List.of(
            "tench",
            "English springer",
            "cassette player",
            "chain saw",
            "church",
            "French horn",
            "garbage truck"));
    models.put("second", List.of("church", "golf ball", "parachute", ATTACK));
    server = new FakeServer(models);
    picture = Files.write(folder.resolve("picture.png"), FakeServer.png(320, 240));
  }

  @AfterEach
  void end() {
    server.close();
  }

  private Chromium.Tab page() {
    Chromium.Tab tab = chromium.open(1280, 900, false);
    tab.go(server.address());
    tab.await("document.querySelectorAll('input[name=model]').length === 2");
    return tab;
  }

  @Test
  void aChosenFileIsSentAsItIsAndItsClassesAndHeatMapsAreShownSideBySide() throws IOException {
    Chromium.Tab tab = page();
    tab.choose("#file", picture);
    tab.await("document.querySelectorAll('.card canvas').length === 2");
    tab.await(READY);
    assertThat(tab.text(".card:nth-child(1) .top1")).contains("tench").contains("81.0%");
    assertThat(tab.text(".card:nth-child(2) .top1")).contains("church");
    assertThat(tab.text(".card:nth-child(1) .meta"))
        .contains("resnet18")
        .contains("12 ms on the server");
    assertThat(
            tab.evaluate("document.querySelectorAll('.card:nth-child(1) .bars li').length").asInt())
        .isEqualTo(5);
    assertThat(server.requests())
        .hasSize(4)
        .allSatisfy(r -> assertThat(r.body()).isEqualTo(Files.readAllBytes(picture)));
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void aDroppedFileIsTaken() {
    Chromium.Tab tab = page();
    tab.drop(picture);
    tab.await(READY);
    assertThat(tab.text("#facts")).isEqualTo("picture.png · 320\u00a0×\u00a0240 · 1\u00a0KB");
    assertThat(tab.evaluate("document.getElementById('drop').hidden").asBoolean()).isTrue();
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void aPastedPictureIsTaken() {
    Chromium.Tab tab = page();
    copyPicture(tab);
    tab.paste();
    tab.await(READY);
    assertThat(server.requests().get(0).contentType()).isEqualTo("image/png");
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void theButtonPastesToo() {
    Chromium.Tab tab = page();
    copyPicture(tab);
    tab.click("#paste");
    tab.await(READY);
    assertThat(tab.complaints()).isEmpty();
  }

  private void copyPicture(Chromium.Tab tab) {
    tab.grant(server.address(), "clipboardReadWrite", "clipboardSanitizedWrite");
    tab.evaluate(
        "(async () => { window.focus(); const bytes = Uint8Array.from(atob('"
            + FakeServer.seen()
            + "'), c => c.charCodeAt(0)); await navigator.clipboard.write([new"
            + " ClipboardItem({'image/png': new Blob([bytes], {type: 'image/png'})})]); })()");
  }

  @Test
  void pastedTextIsSaidToBeNoPicture() {
    Chromium.Tab tab = page();
    tab.grant(server.address(), "clipboardReadWrite", "clipboardSanitizedWrite");
    tab.evaluate("navigator.clipboard.writeText('https://example.org/cat.jpg')");
    tab.paste();
    tab.await("!document.getElementById('notice').hidden");
    assertThat(tab.text("#notice")).contains("The clipboard holds no picture");
    assertThat(server.requests()).isEmpty();
  }

  @Test
  void theCameraTakesAPicture() {
    Chromium.Tab tab = page();
    tab.click("#camera");
    tab.await("!document.getElementById('shutter').disabled");
    tab.click("#shutter");
    tab.await(READY);
    assertThat(server.requests().get(0).contentType()).isEqualTo("image/jpeg");
    assertThat(tab.evaluate("document.getElementById('video').srcObject === null").asBoolean())
        .isTrue();
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void aPhoneIsOfferedItsOwnCamera() {
    Chromium.Tab tab = chromium.open(360, 740, false);
    tab.go(server.address());
    assertThat(tab.evaluate("document.getElementById('capture').hidden").asBoolean()).isFalse();
    assertThat(tab.evaluate("document.getElementById('capture').getAttribute('capture')").asText())
        .isEqualTo("environment");
    tab.choose("#capture", picture);
    tab.await(READY);
    assertThat(tab.evaluate("document.documentElement.scrollWidth").asInt())
        .isLessThanOrEqualTo(360);
  }

  @Test
  void aClassIsAskedForByItsBarAndAgainstAnother() {
    Chromium.Tab tab = page();
    tab.choose("#file", picture);
    tab.await(READY);
    tab.click(".card:nth-child(1) .bars li:nth-child(3) button");
    await(() -> asked("photos").says("class").equals("cassette player"));
    tab.await(
        "document.querySelector('.card:nth-child(1) [aria-pressed=true] .label').textContent ==="
            + " 'cassette player'");
    tab.evaluate(
        "(() => { const s = document.querySelectorAll('.card:nth-child(1) select')[1]; s.value ="
            + " '4'; s.dispatchEvent(new Event('change')); })()");
    await(() -> "church".equals(asked("photos").says("versus")));
    tab.evaluate(
        "(() => { const s = document.getElementById('method'); s.value = 'occlusion';"
            + " s.dispatchEvent(new Event('change')); })()");
    await(
        () ->
            asked("second").says("method").equals("occlusion")
                && asked("photos").says("method").equals("occlusion"));
    assertThat(asked("photos").query())
        .containsEntry("class", "cassette player")
        .containsEntry("versus", "church");
    tab.await(READY);
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void classesNamedByNumbersAndClassesOfOneNameAreNotConfused() throws IOException {
    try (FakeServer numbers =
        new FakeServer(Map.of("numbers", List.of("1", "0", "two", "two", "2")))) {
      Chromium.Tab tab = chromium.open(1280, 900, false);
      tab.go(numbers.address());
      tab.await("document.querySelectorAll('input[name=model]').length === 1");
      tab.choose("#file", picture);
      tab.await(READY);
      for (int row : new int[] {2, 4, 3}) {
        tab.click(".card .bars li:nth-child(" + row + ") button");
        tab.await(
            "document.querySelector('.card .bars li:nth-child(" + row + ") [aria-pressed=true]')");
        tab.await(READY);
      }
      assertThat(numbers.requests())
          .filteredOn(r -> r.path().equals("/v1/explain"))
          .extracting(r -> r.says("class"))
          .containsExactly("1", "0", "3", "2");
      assertThat(tab.text(".card .notice")).contains("explained the class 2 (4) in its place");
    }
  }

  /** The last question why to a model. */
  private FakeServer.Request asked(String model) {
    return server.requests().stream()
        .filter(r -> r.path().equals("/v1/explain") && r.says("model").equals(model))
        .reduce((first, second) -> second)
        .orElseThrow();
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + 20_000_000_000L;
    while (!condition.getAsBoolean() && System.nanoTime() < end) {
      Thread.onSpinWait();
    }
    assertThat(condition.getAsBoolean()).isTrue();
  }

  @Test
  void withoutHeatMapNobodyIsAskedWhy() {
    Chromium.Tab tab = page();
    tab.evaluate(
        "document.body.classList.remove('empty'); document.getElementById('controls').hidden ="
            + " false");
    tab.click("#heat-on");
    tab.choose("#file", picture);
    tab.await("document.querySelectorAll('.bars').length === 2");
    assertThat(server.requests()).extracting(FakeServer.Request::path).containsOnly("/v1/classify");
    tab.click("#heat-on");
    tab.await(READY);
    assertThat(server.requests()).extracting(FakeServer.Request::path).contains("/v1/explain");
  }

  @Test
  void theSliderFadesTheHeatMap() {
    Chromium.Tab tab = page();
    tab.choose("#file", picture);
    tab.await(READY);
    tab.evaluate(
        "(() => { const s = document.getElementById('strength'); s.value = 20; s.dispatchEvent(new"
            + " Event('input')); })()");
    assertThat(
            tab.evaluate("getComputedStyle(document.querySelector('.card canvas')).opacity")
                .asText())
        .isEqualTo("0.2");
  }

  @Test
  void redIsWhereTheMapSpeaksForTheClassAndNothingWhereItIsSilent() {
    Chromium.Tab tab = page();
    tab.choose("#file", picture);
    tab.await(READY);
    String pixel =
        "(() => { const c = document.querySelector('.card canvas'); return"
            + " [...c.getContext('2d').getImageData(c.width * %s, c.height * %s, 1, 1).data]; })()";
    var middle = tab.evaluate(pixel.formatted("0.5", "0.5"));
    assertThat(middle.get(0).asInt()).isGreaterThan(200);
    assertThat(middle.get(1).asInt()).isLessThan(60);
    assertThat(middle.get(3).asInt()).isEqualTo(255);
    assertThat(tab.evaluate(pixel.formatted("0.05", "0.05")).get(3).asInt()).isLessThan(40);
  }

  @Test
  void aMapThatIsAllNegativeIsBlueAndSaysSo() {
    server.negative = true;
    Chromium.Tab tab = page();
    tab.choose("#file", picture);
    tab.await(READY);
    var corner =
        tab.evaluate(
            "(() => { const c = document.querySelector('.card canvas'); return"
                + " [...c.getContext('2d').getImageData(c.width - 2, c.height - 2, 1, 1).data];"
                + " })()");
    assertThat(corner.get(2).asInt()).isGreaterThan(corner.get(0).asInt() + 100);
    assertThat(tab.text(".card .remark")).contains("Nothing in the picture speaks for this class.");
  }

  @Test
  void namesOfClassesAndFilesAreTextAndNothingElse() throws IOException {
    Chromium.Tab tab = page();
    Path evil =
        Files.write(folder.resolve("<img src=x onerror=window.ran=1>.png"), FakeServer.png(64, 64));
    tab.choose("#file", evil);
    tab.await(READY);
    assertThat(tab.text(".card:nth-child(2) .bars li:nth-child(4) .label")).isEqualTo(ATTACK);
    assertThat(tab.text("#facts")).startsWith("<img src=x onerror=window.ran=1>.png");
    tab.click(".card:nth-child(2) .bars li:nth-child(4) button");
    await(() -> asked("second").says("class").equals(ATTACK));
    tab.await(READY);
    assertThat(tab.evaluate("window.ran === undefined").asBoolean()).isTrue();
    assertThat(tab.complaints()).isEmpty();
  }

  @Test
  void theBrowserRefusesWhatThePolicyForbids() {
    Chromium.Tab tab = page();
    assertThat(
            tab.evaluate(
                    "(() => { try { document.body.innerHTML = '<b>x</b>'; return 'written'; } catch"
                        + " (e) { return e.name; } })()")
                .asText())
        .isEqualTo("TypeError");
    tab.evaluate(
        "document.head.append(Object.assign(document.createElement('style'), {textContent: 'body {"
            + " display: none }'}))");
    assertThat(tab.evaluate("getComputedStyle(document.body).display").asText()).isEqualTo("block");
    tab.evaluate("fetch('https://example.org/').catch(() => 0)");
    assertThat(tab.complaints())
        .anyMatch(c -> c.contains("Trusted"))
        .anyMatch(c -> c.contains("style-src"))
        .anyMatch(c -> c.contains("connect-src"));
  }

  @Test
  void aBusyServerIsSaidToBeBusyAndAskedAgain() {
    Chromium.Tab tab = page();
    server.busy.set(2);
    tab.choose("#file", picture);
    tab.await("document.querySelectorAll('.card .notice').length === 2");
    assertThat(tab.text(".card:nth-child(1) .notice"))
        .contains("The server is busy. Try again in 1 s.");
    tab.click(".card:nth-child(1) .notice button");
    tab.await("document.querySelector('.card:nth-child(1) .bars')");
    tab.click(".card:nth-child(2) .notice button");
    tab.await(READY);
    assertThat(
            tab.evaluate("document.querySelectorAll('.card .notice:not([hidden])').length").asInt())
        .isZero();
  }

  @Test
  void whatIsNoPictureAndWhatIsTooLargeIsSaid() throws IOException {
    Chromium.Tab tab = page();
    tab.choose("#file", Files.writeString(folder.resolve("notes.png"), "these are notes"));
    tab.await("document.querySelector('.card .notice')");
    assertThat(tab.text(".card .notice")).contains("not an image");
    assertThat(tab.text("#no-preview")).contains("cannot show");
    server.limit = 1000;
    tab.go(server.address());
    tab.await("document.querySelectorAll('input[name=model]').length === 2");
    int before = server.requests().size();
    tab.choose("#file", Files.write(folder.resolve("large.png"), new byte[2_500_000]));
    tab.await("!document.getElementById('notice').hidden");
    assertThat(tab.text("#notice"))
        .contains("large.png has 2.5\u00a0MB, and this server takes 1\u00a0KB at most");
    assertThat(server.requests()).hasSize(before);
  }

  @Test
  void aTokenIsAskedForKeptInTheTabAndForgotten() {
    server.token = "open sesame";
    Chromium.Tab tab = chromium.open(1280, 900, false);
    tab.go(server.address());
    tab.await("document.getElementById('access').open");
    assertThat(tab.text("#access-why")).isEqualTo("This server asks for an access token.");
    tab.type("wrong");
    tab.press("Enter");
    tab.await("document.getElementById('access-why').textContent.includes('does not accept')");
    tab.await("document.getElementById('access').open");
    tab.type("open sesame");
    tab.press("Enter");
    tab.await("document.querySelectorAll('input[name=model]').length === 2");
    tab.choose("#file", picture);
    tab.await(READY);
    assertThat(
            tab.evaluate(
                    "sessionStorage.length + ' ' + localStorage.length + ' ' +"
                        + " document.cookie.length")
                .asText())
        .isEqualTo("1 0 0");
    tab.click("#access-open");
    tab.click("#access-forget");
    tab.await("document.getElementById('access').open");
    assertThat(tab.evaluate("sessionStorage.length").asInt()).isZero();
  }

  @Test
  void aServerThatIsGoneIsSaidToBeGone() {
    Chromium.Tab tab = page();
    server.close();
    tab.choose("#file", picture);
    tab.await("document.querySelector('.card .notice')");
    assertThat(tab.text(".card .notice")).contains("The server does not answer.");
  }

  @Test
  void theKeyboardReachesEverything() {
    Chromium.Tab tab = page();
    tab.choose("#file", picture);
    tab.await(READY);
    tab.evaluate("document.activeElement.blur()");
    List<String> reached = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      tab.press("Tab");
      reached.add(
          tab.evaluate(
                  "document.activeElement.id || document.activeElement.name ||"
                      + " document.activeElement.innerText || document.activeElement.tagName")
              .asText());
    }
    assertThat(reached)
        .contains("file", "camera", "paste", "model", "heat-on", "method", "strength");
    assertThat(reached)
        .anyMatch(r -> r.startsWith("English springer"))
        .anyMatch(r -> r.startsWith("Show 2 more"));
  }

  @Test
  void everyControlHasANameAndTheAnswerIsSpoken() {
    Chromium.Tab tab = page();
    tab.choose("#file", picture);
    tab.await(READY);
    assertThat(tab.nameless()).isEmpty();
    String spoken = tab.evaluate("document.getElementById('spoken').textContent").asText();
    assertThat(spoken)
        .contains("photos: tench, 81.0%", "second: church, 81.0%", "Heat map of photos for tench.");
  }

  @ParameterizedTest
  @CsvSource({
    "1600,1000,false",
    "1600,1000,true",
    "1024,800,false",
    "360,740,false",
    "360,740,true"
  })
  void picturesOfThePageInEveryWidthAndLight(int width, int height, boolean dark)
      throws IOException {
    String name = width + (dark ? "-dark" : "-light") + ".png";
    Chromium.Tab tab = chromium.open(width, height, dark);
    tab.go(server.address());
    tab.await("document.querySelectorAll('input[name=model]').length === 2");
    tab.picture(Path.of(System.getProperty("fovea.shots", "target/browser"), "empty-" + name));
    tab.choose("#file", picture);
    tab.await("document.querySelectorAll('.card canvas').length === 2");
    tab.await(READY);
    tab.picture(Path.of(System.getProperty("fovea.shots", "target/browser"), "two-" + name));
    assertThat(tab.evaluate("document.documentElement.scrollWidth").asInt())
        .isLessThanOrEqualTo(width);
    assertThat(tab.faint()).isEmpty();
    tab.click("input[name=model][value=second]");
    tab.await("document.querySelectorAll('.card').length === 1");
    tab.picture(Path.of(System.getProperty("fovea.shots", "target/browser"), "one-" + name));
    assertThat(tab.complaints()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"1280,900,false", "360,740,true"})
  void theDescriptionIsReadable(int width, int height, boolean dark) throws IOException {
    Chromium.Tab tab = chromium.open(width, height, dark);
    tab.go(server.address() + "docs#classify");
    tab.await("!document.querySelector('[aria-busy]')");
    assertThat(tab.text("#classify"))
        .contains("POST")
        .contains("/v1/classify")
        .contains("top")
        .contains("--data-binary @picture.jpg");
    assertThat(tab.evaluate("document.querySelectorAll('details').length").asInt())
        .isGreaterThan(15);
    tab.evaluate(
        "document.querySelectorAll('details').forEach(d => { d.open = ['classify',"
            + " 'infer'].includes(d.id); })");
    tab.picture(
        Path.of(System.getProperty("fovea.shots", "target/browser"), "docs-" + width + ".png"));
    assertThat(tab.evaluate("document.documentElement.scrollWidth").asInt())
        .isLessThanOrEqualTo(width);
    tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })");
    assertThat(tab.faint()).isEmpty();
    assertThat(tab.nameless()).isEmpty();
    assertThat(tab.complaints()).isEmpty();
  }
}
