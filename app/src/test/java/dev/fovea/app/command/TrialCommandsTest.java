package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.CommandLineRun;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Techniques and trials from the command line. */
@SuppressWarnings("NullAway.Init") // JUnit sets the folder.
class TrialCommandsTest {
  @TempDir Path folder;

  private static CommandLineRun run(String command, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                command,
                "--data=shapes(size=8,count=64,val=16)",
                "--input=8",
                "--batch=16",
                "--threads=1",
                "--precision=f32"));
    args.addAll(List.of(more));
    return CommandLineRun.of(args.toArray(String[]::new));
  }

  @Test
  void aDryRunSaysWhatWouldBeAndWritesNothing() {
    Path place = folder.resolve("run");
    CommandLineRun dry =
        run("train", "--dry-run", "--run=" + place, "--epochs=3", "--convolution=direct")
            .succeeds();
    assertThat(dry.out().lines()).anyMatch(l -> l.matches("convolution +direct"));
    assertThat(dry.out())
        .contains(
            "269,722", "64 training, 16 validation", "12, 4 per epoch", "nothing was written");
    assertThat(place).doesNotExist();
    CommandLineRun json = run("train", "--dry-run", "--run=" + place, "--json").succeeds();
    assertThat(json.json()).hasSize(1);
    assertThat(json.out())
        .contains("\"memory_bytes\":", "\"seconds_of_run\":", "\"convolution\":\"auto\"");
    run("train", "--dry-run", "--run=" + place, "--freeze=layer9")
        .failsWith(1, "'layer9'", "trunk, head, conv1");
  }

  @Test
  void overfittingEndsWithAVerdict() {
    CommandLineRun good =
        run("train", "--overfit=16", "--steps=60", "--lr=0.05", "--run=" + folder.resolve("good"));
    assertThat(good.succeeds().out()).contains("overfit as expected: train loss 0.0", "100.00 %");
    CommandLineRun bad =
        run(
            "train",
            "--overfit=16",
            "--steps=2",
            "--eval-every=5",
            "--lr=1e-9",
            "--run=" + folder.resolve("bad"));
    assertThat(bad.succeeds().out()).contains("not overfit", "lr-find");
    run(
            "train",
            "--recipe=cifar-hour",
            "--model=resnet9(width=2)",
            "--overfit=16",
            "--steps=2",
            "--run=" + folder.resolve("rare"))
        .succeeds();
  }

  @Test
  void constantsOfAnOptimizerThatAFlagChoosesCanBeSet() {
    run(
            "train",
            "--overfit=16",
            "--steps=2",
            "--optimizer=muon",
            "--set=learning.update.optimizer.iterations=2",
            "--lookahead=2",
            "--lr-scale=filters=0.5,norm_shifts=8",
            "--run=" + folder.resolve("muon"))
        .succeeds();
    run("train", "--optimizer=sgd", "--set=learning.update.optimizer.iterations=2")
        .failsWith(2, "unknown setting 'learning.update.optimizer.iterations'");
  }

  @Test
  void aRateIsSuggestedWithACurve() throws IOException {
    Path page = folder.resolve("pages/lr.html");
    CommandLineRun found =
        run("lr-find", "--steps=20", "--out=" + page, "--json", "--convolution=direct").succeeds();
    assertThat(found.json()).hasSize(1);
    assertThat(found.out()).contains("\"suggestion\":", "\"points\":[{\"rate\":1.0E-6");
    assertThat(Files.readString(page))
        .contains("<svg", "learning rate", "training loss", "smoothed", "suggested rate")
        .doesNotContain("<script");
    run("lr-find", "--from=1", "--to=0.1").failsWith(1, "from < to");
  }

  @Test
  void theFileThatARunStartsFromGivesNetworkAndPreprocessing() throws IOException {
    Path first = folder.resolve("first");
    run("train", "--epochs=1", "--run=" + first, "--set=data.preprocess=half").succeeds();
    String init = "--init=" + first.resolve("model.safetensors");
    Path recipe = Files.writeString(folder.resolve("r.json"), "\ufeff{\"recipe\": \"cifar-fast\"}");
    Path second = folder.resolve("second");
    started(init, second, "--recipe=" + recipe, "--progressive=none").succeeds();
    String config = Files.readString(second.resolve("config.json")).replaceAll("\\s+", "");
    assertThat(config).contains("\"model\":\"resnet20\"", "\"input\":8", "\"preprocess\":\"half\"");
    CommandLineRun other = started(init, folder.resolve("third"), "--model=resnet32");
    assertThat(other.code()).isEqualTo(1);
    assertThat(other.err()).contains("holds resnet20, whose weights do not fit resnet32");
  }

  private static CommandLineRun started(String init, Path into, String... more) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "train",
                "--data=shapes(size=8,count=64,val=16)",
                "--epochs=1",
                "--batch=16",
                "--threads=1",
                "--precision=f32",
                "--run=" + into,
                init));
    args.addAll(List.of(more));
    return CommandLineRun.of(args.toArray(String[]::new));
  }

  @Test
  void fineTuningFlagsBecomeSettingsOfTheRun() throws IOException {
    Path first = folder.resolve("first");
    run("train", "--epochs=1", "--run=" + first, "--bn-momentum=0.2", "--bn-stats=population")
        .succeeds();
    assertThat(Files.readString(first.resolve("config.json")))
        .contains("resnet20(bn_momentum=0.2)", "\"kind\" : \"population\"");
    Path second = folder.resolve("second");
    run(
            "train",
            "--epochs=1",
            "--run=" + second,
            "--model=resnet20(bn_momentum=0.2)",
            "--init=" + first.resolve("model.safetensors"),
            "--freeze=conv1,layer1",
            "--freeze-at=layer2.0:50%,bn1:60%",
            "--lr-scale=layer2=0.1,head=2",
            "--layer-decay=0.9",
            "--part-decay=head=0.01",
            "--optimizer=adamw",
            "--accumulate=2",
            "--swa=50%",
            "--eval-every=2",
            "--progressive=4:40%",
            "--patience=3")
        .succeeds();
    String config = Files.readString(second.resolve("config.json")).replaceAll("\\s+", "");
    assertThat(config)
        .contains(
            "\"freeze\":[\"conv1\",\"layer1\"]",
            "\"freeze_at\":[\"layer2.0:50%\",\"bn1:60%\"]",
            "\"lr_scale\":[\"layer2=0.1\",\"head=2\"]",
            "\"part_decay\":[\"head=0.01\"]",
            "\"layer_decay\":0.9",
            "\"name\":\"adamw\"",
            "\"accumulate\":2.0",
            "\"swa_from\":\"50%\"",
            "\"progressive\":\"4:40%\"",
            "\"patience\":3,\"evaluate_every\":2");
    Path mean = folder.resolve("mean.safetensors");
    CommandLineRun average =
        CommandLineRun.of(
            "average",
            first.toString(),
            first.toString(),
            "-o",
            mean.toString(),
            "--bn-batches=2",
            "--convolution=direct");
    assertThat(average.succeeds().out()).contains("mean of 2 models: validation top-1");
    CommandLineRun.of("average", first.toString(), first.toString(), "-o", mean.toString())
        .failsWith(2, "already exists");
  }

  @Test
  void flagsThatContradictEachOtherAreRefused() {
    run("train", "--ema=0.9", "--swa=50%").failsWith(2, "--ema and --swa");
    run("train", "--clip=1", "--clip-value=1").failsWith(2, "--clip and --clip-value");
    run("train", "--swa-lr=0.1").failsWith(2, "--swa-lr needs --swa");
    run("train", "--optimizer=adamax").failsWith(2, "'adamax'", "rmsprop");
    run("train", "--lr-scale=conv1").failsWith(2, "--lr-scale", "layer1=0.1");
  }
}
