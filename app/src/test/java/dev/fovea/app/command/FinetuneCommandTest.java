package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.CommandLineRun;
import dev.fovea.app.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One tiny trunk, fine-tuned on generated images, and everything that commands do with it. */
@SuppressWarnings("NullAway.Init") // JUnit sets the folder.
class FinetuneCommandTest {
  private static final String SHAPES = "shapes(size=16,count=80,val=40)";

  @TempDir static Path folder;
  @TempDir Path temp;

  private static Path trunk;
  private static Path run;
  private static CommandLineRun tuned;

  @BeforeAll
  static void tuneOnce() {
    trunk = folder.resolve("trunk");
    CommandLineRun.of(
            "train",
            "--data=" + SHAPES,
            "--input=16",
            "--epochs=1",
            "--batch=10",
            "--threads=1",
            "--precision=f32",
            "--run=" + trunk)
        .succeeds();
    run = folder.resolve("run");
    tuned = finetune(SHAPES, "--from=" + trunk, "--run=" + run, "--time=20s", "--patience=1");
  }

  private static CommandLineRun finetune(String... more) {
    List<String> args = new ArrayList<>(List.of("finetune", "--threads=1", "--precision=f32"));
    args.addAll(List.of(more));
    return CommandLineRun.of(args.toArray(String[]::new));
  }

  @Test
  void bothStagesAreReportedWithTheirIntervalsAndTimes() {
    tuned.succeeds();
    assertThat(tuned.out())
        .contains("last layer", "whole network", "95 % interval", "class \\ answer", "precision")
        .contains("model   " + run.resolve("model.safetensors"))
        .contains("report  " + run.resolve("report.html"));
    assertThat(tuned.err())
        .contains("largest class", "features per image", "last layer: validation top-1")
        .contains("held-back images")
        .doesNotContain("\r", "\u001b");
  }

  @Test
  void theFolderHoldsTheReportTheModelAndTheRunOfTheSecondStage() throws IOException {
    for (String file :
        List.of(
            "finetune.json",
            "report.html",
            "confusion.csv",
            "predictions.csv",
            "training/metrics.csv",
            "training/report.html",
            "training/last.safetensors")) {
      assertThat(run.resolve(file)).isNotEmptyFile();
    }
    assertThat(Files.readString(run.resolve("report.html")))
        .contains("Confusion matrix", "95 % interval", "class=\"matrix\"");
  }

  @Test
  void everyCommandTakesTheModel() {
    CommandLineRun eval =
        CommandLineRun.of("eval", run.toString(), "--precision=f32", "--json").succeeds();
    JsonValue said = eval.json().get(0);
    assertThat(said.get("images").number()).isEqualTo(40);
    CommandLineRun.of(
            "export", run.toString(), "--format", "onnx", "-o", temp.resolve("m.onnx").toString())
        .succeeds();
    finetune(
            SHAPES,
            "--from=" + temp.resolve("m.onnx"),
            "--run=" + temp.resolve("again"),
            "--stages=head")
        .succeeds();
  }

  @Test
  void jsonEndsWithTheFiguresOfBothStages() {
    CommandLineRun json =
        finetune(
                SHAPES,
                "--from=" + trunk,
                "--run=" + temp.resolve("json"),
                "--stages=head",
                "--json")
            .succeeds();
    List<JsonValue> lines = json.json();
    assertThat(lines.stream().map(l -> l.get("event").text()))
        .startsWith("data", "opened", "head")
        .endsWith("end");
    JsonValue end = lines.get(lines.size() - 1);
    assertThat(end.get("outcome").text()).isEqualTo("finished");
    assertThat(end.get("kept").text()).isEqualTo("head");
    assertThat(end.get("head").get("seconds").number()).isPositive();
  }

  @Test
  void theSameCommandAgainAndResumeSayTheSame() {
    CommandLineRun again = CommandLineRun.of("finetune", "--resume", "--run=" + run).succeeds();
    assertThat(again.out().lines().filter(l -> l.contains("class")).toList())
        .isEqualTo(tuned.out().lines().filter(l -> l.contains("class")).toList());
  }

  @Test
  void aSecondStageThatFailsIsSaidAfterTheReportOfTheFirst() {
    Path failed = temp.resolve("failed");
    CommandLineRun run =
        finetune(SHAPES, "--from=" + trunk, "--run=" + failed, "--time=60s", "--freeze=nowhere");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out())
        .contains("last layer", "class \\ answer", "model   " + failed)
        .doesNotContain("whole network");
    assertThat(run.err())
        .contains("the second stage failed", "no parameter of this network matches 'nowhere'");
    assertThat(failed.resolve("report.html")).isNotEmptyFile();
  }

  @Test
  void jsonHasTheNotesAndTheReasonOfAFailure() {
    CommandLineRun run =
        finetune(
            SHAPES,
            "--from=" + trunk,
            "--run=" + temp.resolve("failed"),
            "--time=60s",
            "--freeze=nowhere",
            "--json");
    List<JsonValue> lines = run.json();
    assertThat(lines.stream().map(l -> l.get("event").text())).contains("note");
    JsonValue end = lines.get(lines.size() - 1);
    assertThat(end.get("outcome").text()).isEqualTo("failed");
    assertThat(end.get("failure").text()).contains("'nowhere'");
    assertThat(end.get("kept").text()).isEqualTo("head");
  }

  @Test
  void resumingRefusesInOneLineWhatCannotChangeAndTakesTimeAndStages() {
    finetune(
            "--resume",
            "--run=" + run,
            "--batch=8",
            "--entry=ema",
            "--fraction=0.5",
            "--save-every=5m")
        .failsWith(
            2,
            "only --time and --stages can change",
            "leave out --entry, --fraction, --batch, --precision, --threads, --save-every");
    Path later = temp.resolve("later");
    finetune(SHAPES, "--from=" + trunk, "--run=" + later, "--stages=head").succeeds();
    CommandLineRun.of("finetune", "--resume", "--run=" + later, "--stages=all", "--time=20s")
        .succeeds();
    assertThat(later.resolve("training/last.safetensors")).isNotEmptyFile();
    CommandLineRun.of("finetune", "--resume", "--run=" + later, "--time=1h")
        .failsWith(1, "--time", "was '20.0'");
  }

  @Test
  void aDecayByDepthOfOneIsNotReplaced() throws IOException {
    Path even = temp.resolve("even");
    finetune(SHAPES, "--from=" + trunk, "--run=" + even, "--time=20s", "--layer-decay=1")
        .succeeds();
    assertThat(Files.readString(even.resolve("training/config.json")))
        .containsPattern("\"layer_decay\"\\s*:\\s*1(\\.0)?\\s*[,}\n]");
    assertThat(Files.readString(run.resolve("training/config.json")))
        .doesNotContainPattern("\"layer_decay\"\\s*:\\s*1(\\.0)?\\s*[,}\n]");
  }

  @Test
  void whatIsMissingIsAskedForByItsFlag() throws IOException {
    finetune(SHAPES).failsWith(2, "--from is missing", "fovea weights");
    finetune("--from=" + trunk).failsWith(2, "the images are missing");
    finetune(SHAPES, "--data=" + SHAPES, "--from=" + trunk).failsWith(2, "named twice");
    finetune(SHAPES, "--from=" + temp.resolve("no.onnx")).failsWith(2, "--from: there is no");
    finetune(SHAPES, "--from=" + trunk, "--time=500steps").failsWith(2, "--time", "90s");
    CommandLineRun.of("finetune", "--resume", SHAPES, "--run=" + run)
        .failsWith(2, "leave out DATA");
    Path weights = temp.resolve("weights.safetensors");
    CommandLineRun.of(
            "export", trunk.toString(), "--format", "safetensors", "-o", weights.toString())
        .succeeds();
    finetune(SHAPES, "--from=" + weights, "--run=" + temp.resolve("r"))
        .failsWith(1, "weights alone", "--model");
    assertThat(temp.resolve("r")).doesNotExist();
  }

  @Test
  void anInputThatTheTrainedNetworkDoesNotTakeIsRefused() {
    Path weights = temp.resolve("weights.safetensors");
    CommandLineRun.of(
            "export", trunk.toString(), "--format", "safetensors", "-o", weights.toString())
        .succeeds();
    Path none = temp.resolve("r");
    finetune(SHAPES, "--from=" + weights, "--model=resnet20", "--input=16", "--run=" + none)
        .failsWith(1, "--input (network.input) is 16", "takes images of 32x32", "leave out");
    finetune(SHAPES, "--from=" + trunk, "--input=32", "--run=" + none)
        .failsWith(1, "--input (network.input) is 32", "takes images of 16x16", "leave out");
    assertThat(none).doesNotExist();
  }

  @Test
  void otherSettingsInTheSameFolderAreRefused() {
    finetune(SHAPES, "--from=" + trunk, "--run=" + run, "--time=20s", "--seed=4")
        .failsWith(1, "--seed", "was '0'", "--run");
  }
}
