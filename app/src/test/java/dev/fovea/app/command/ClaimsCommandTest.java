package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.CommandLineRun;
import dev.fovea.app.JsonValue;
import dev.fovea.study.ledger.StudyRecords;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // JUnit sets the folder.
class ClaimsCommandTest {
  private static final String RECORD =
      """
      {"study":"bn-shift","scale":"full","data":"mnist.zip","date":"2026-12-01","machine":"a CPU",\
      "threads":2,"precision":"f32","convolution":"auto","seeds":2,"epochs":0,"fraction":1.0,\
      "seconds":60.0,"criteria":[{"name":"drift","bound":"at_least","limit":1.5,"unit":"times",\
      "measured":1.4996,"holds":false}],"networks":[{"network":"plain","top1":[90.0,92.5]}],\
      "notes":["A <caveat>."]}
      """;

  @TempDir Path folder;

  @Test
  void thePageOfClaimsIsTheOneThatTheLedgerGives() throws IOException {
    Path page = folder.resolve("claims.md");
    CommandLineRun.of("claims", "--markdown=" + page).succeeds();
    assertThat(Files.readString(Path.of("../docs/claims.md")))
        .as("docs/claims.md; write it anew with: ./fovea claims --markdown docs/claims.md")
        .isEqualTo(Files.readString(page));
  }

  @Test
  void everyClaimIsListedWithSourceVerdictAndCheck() {
    String out = CommandLineRun.of("claims").succeeds().out();
    for (int n = 1; n <= 40; n++) {
      assertThat(out).containsPattern("(?m)^" + String.format("%2d", n) + "  [A-Z]");
    }
    assertThat(out.lines().filter(l -> l.startsWith("    source "))).hasSize(40);
    assertThat(out.lines().filter(l -> l.startsWith("    verdict "))).hasSize(40);
    assertThat(out.lines().filter(l -> !l.contains("fovea ") && !l.contains("./mvnw ")))
        .filteredOn(l -> !l.startsWith("40 claims"))
        .allMatch(l -> l.length() <= 80);
    assertThat(out).contains("40 claims: ");
  }

  @Test
  void oneClaimComesWithItsFiguresAndTheCommandThatRepeatsThem() {
    String out = CommandLineRun.of("claims", "28").succeeds().out();
    assertThat(out)
        .contains("28  ResNet-152 costs less", "reproduced, 2 of 2")
        .contains("0.73 times, wanted at most 1", "fovea summary --compare")
        .doesNotContain("40 claims");
    assertThat(CommandLineRun.of("claims", "1").succeeds().out())
        .contains("not measured: needs ImageNet", "about 190 days on two cores");
  }

  @Test
  void jsonHasALineForEveryClaim() throws IOException {
    // Lines are only ever added to the bundled records, so the first ones stay what they are.
    Path first = folder.resolve("first.jsonl");
    try (InputStream bundled = StudyRecords.class.getResourceAsStream("studies.jsonl")) {
      String text = new String(bundled.readAllBytes(), StandardCharsets.UTF_8);
      Files.write(first, text.lines().limit(13).toList());
    }
    List<JsonValue> json =
        CommandLineRun.of("claims", "--json", "--results=" + first).succeeds().json();
    assertThat(json).hasSize(40);
    JsonValue degradation = json.get(25);
    assertThat(degradation.get("number").number()).isEqualTo(26);
    assertThat(degradation.get("verdict").text()).isEqualTo("reproduced");
    JsonValue check = degradation.get("checks").at(0);
    assertThat(check.get("kind").text()).isEqualTo("study");
    assertThat(check.get("last_run").get("date").text()).isEqualTo("2026-11-27");
    assertThat(check.get("figures").at(0).get("measured").number()).isEqualTo(24.6);
    assertThat(check.get("commands").at(0).text())
        .isEqualTo("fovea study degradation --data cifar10.zip");
    assertThat(json.get(39).get("coverage").text()).isEqualTo("none");
  }

  @Test
  void otherResultsGiveOtherVerdicts() throws IOException {
    Path file = folder.resolve("mine.jsonl");
    Files.writeString(file, RECORD);
    String out = CommandLineRun.of("claims", "4", "--results=" + file).succeeds().out();
    assertThat(out)
        .contains("not seen at this scale, 0 of 1", "2026-12-01, full on mnist.zip, 2 seeds")
        // With two decimals it would be 1.50, which is the limit.
        .contains("no   1.4996 times, wanted at least 1.50")
        .contains("Top-1 over seeds: plain 90.00 to 92.50 %.", "A <caveat>.");
    assertThat(CommandLineRun.of("claims", "26", "--results=" + file).succeeds().out())
        .contains("verdict   not run yet", "fovea study degradation");
  }

  @Test
  void thePageHoldsEveryClaimAndCanRunNothing() throws IOException {
    Path file = folder.resolve("mine.jsonl");
    Files.writeString(file, RECORD);
    Path page = folder.resolve("claims.html");
    CommandLineRun.of("claims", "--html=" + page, "--results=" + file).succeeds();
    assertThat(Files.readString(page))
        .contains("default-src 'none'", "id=\"claim-1\"", "id=\"claim-40\"")
        .contains("A &lt;caveat&gt;.", "fovea study bn-shift --data cifar10.zip")
        .doesNotContain("<script", "<caveat>", "http://", "https://");
  }

  @Test
  void aClaimThatIsNotThereAndAFileThatIsMissingAreOneLine() {
    CommandLineRun.of("claims", "41").failsWith(2, "there is no claim 41", "1 to 40");
    CommandLineRun.of("claims", "--add=runs/x").failsWith(2, "--add needs --results");
    CommandLineRun.of("claims", "--results=" + folder.resolve("none.jsonl"))
        .failsWith(1, "none.jsonl");
    CommandLineRun.of(
            "claims", "--results=" + folder.resolve("new.jsonl"), "--add=" + folder.resolve("run"))
        .failsWith(1, "result.json");
    CommandLineRun.of("claims", "4", "--html=" + folder.resolve("a/b.html"))
        .failsWith(1, "cannot write the page");
  }
}
