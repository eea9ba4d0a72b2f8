package dev.fovea.app;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // JUnit sets the folder.
class StudyCommandTest {
  @TempDir Path folder;

  private CommandLineRun study(String... more) {
    String[] args = {
      "study",
      "bn-shift",
      "--data=shapes(size=32,count=400,val=50)",
      "--time=1s",
      "--threads=1",
      "--run=" + folder,
      more.length > 0 ? more[0] : "--precision=auto"
    };
    return CommandLineRun.of(args);
  }

  @Test
  void withoutANameAllStudiesAreListedWithTheirClaims() {
    CommandLineRun text = CommandLineRun.of("study").succeeds();
    assertThat(text.out()).contains("bn-speed", "degradation", "crops-and-ensembles");
    CommandLineRun json = CommandLineRun.of("study", "--json").succeeds();
    assertThat(json.json()).hasSize(13);
    CommandLineRun.of("study", "degredation").failsWith(2, "Did you mean degradation", "bn-shift");
    CommandLineRun.of("study", "wide", "--time=10steps").failsWith(2, "--time", "20m");
    CommandLineRun.of("study", "wide", "--seeds=-1").failsWith(2, "--seeds is -1");
  }

  @Test
  void aStudyEndsWithItsPageAndGoesOnInThePrecisionItBeganWith() throws IOException {
    CommandLineRun first = study("--precision=f32").succeeds();
    assertThat(first.out()).contains("criterion", "verdict  ", "report.html");
    assertThat(first.err()).contains("the rule, fixed before the run");
    assertThat(Files.readString(folder.resolve("report.html")))
        .contains("<svg", "f32")
        .doesNotContain("<script", "http://", "https://");
    CommandLineRun again = study().succeeds();
    assertThat(again.out()).isEqualTo(first.out());
    CommandLineRun other = study("--precision=bf16");
    assertThat(other.code()).isEqualTo(1);
    assertThat(other.out()).isEmpty();
    assertThat(other.err()).contains("holds another study", "choose another with --run");
  }
}
