package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.CommandLineRun;
import dev.fovea.app.JsonValue;
import dev.fovea.onednn.OneDnnBackend;
import dev.fovea.program.Backend;
import dev.fovea.program.ConvolutionAlgorithm;
import dev.fovea.program.Precision;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // JUnit sets the folder.
class StudyCommandTest {
  @TempDir Path folder;

  private CommandLineRun study(String precision, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "study",
                "bn-shift",
                "--data=shapes(size=32,count=400,val=50)",
                "--time=1s",
                "--threads=1",
                "--run=" + folder,
                "--precision=" + precision));
    args.addAll(List.of(more));
    return CommandLineRun.of(args.toArray(String[]::new));
  }

  @Test
  void withoutANameAllStudiesAreListedWithTheirClaims() {
    CommandLineRun text = CommandLineRun.of("study").succeeds();
    assertThat(text.out()).contains("bn-speed", "degradation", "crops-and-ensembles");
    CommandLineRun json = CommandLineRun.of("study", "--json").succeeds();
    assertThat(json.json()).hasSize(24);
    CommandLineRun.of("study", "degredation").failsWith(2, "Did you mean degradation", "bn-shift");
    CommandLineRun.of("study", "wide", "--time=10steps").failsWith(2, "--time", "20m");
    CommandLineRun.of("study", "wide", "--seeds=-1").failsWith(2, "--seeds is -1");
  }

  @Test
  void aStudyEndsWithItsPageAndGoesOnWithThePrecisionAndConvolutionsItBeganWith()
      throws IOException {
    // Where there is a choice, the one that auto would not take.
    Backend backend = new OneDnnBackend();
    boolean f32 =
        backend.fastestPrecision(ConvolutionAlgorithm.AUTO).precision() == Precision.BF16
            || !backend.supports(Precision.BF16);
    CommandLineRun first = study(f32 ? "f32" : "bf16", "--convolution=direct").succeeds();
    assertThat(first.out()).contains("criterion", "verdict  ", "report.html");
    assertThat(first.err()).contains("criteria, fixed before the run");
    assertThat(Files.readString(folder.resolve("report.html")))
        .contains("<svg", f32 ? "f32" : "bf16", "convolution", "direct")
        .doesNotContain("<script", "http://", "https://");
    Path results = folder.resolve("results.jsonl");
    JsonValue claim =
        CommandLineRun.of("claims", "4", "--json", "--results=" + results, "--add=" + folder)
            .succeeds()
            .json()
            .get(0);
    JsonValue run = claim.get("checks").at(0).get("last_run");
    assertThat(run.get("data").text()).isEqualTo("shapes(size=32,count=400,val=50)");
    assertThat(run.get("date").text()).matches("2[0-9]{3}-[0-9]{2}-[0-9]{2}");
    assertThat(run.get("networks").list()).hasSize(2);
    assertThat(claim.get("figures").number()).isEqualTo(1);
    CommandLineRun again = study("auto").succeeds();
    assertThat(again.out()).isEqualTo(first.out());
    assertThat(study("auto", "--json").succeeds().out()).contains("\"convolution\" : \"direct\"");
    CommandLineRun fast = study("auto", "--convolution=fast");
    assertThat(fast.code()).isEqualTo(1);
    assertThat(fast.err()).contains("other settings");
    CommandLineRun other = CommandLineRun.of("study", "bn-regularizes", "--run=" + folder);
    assertThat(other.code()).isEqualTo(1);
    assertThat(other.out()).isEmpty();
    assertThat(other.err()).contains("holds another study", "choose another folder");
  }
}
