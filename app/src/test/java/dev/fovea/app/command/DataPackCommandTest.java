package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.CommandLineRun;
import dev.fovea.app.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@SuppressWarnings("NullAway.Init") // JUnit sets the folder.
class DataPackCommandTest {
  private static final String SHAPES = "shapes(size=16,count=40)";

  @TempDir private Path folder;

  private String to() {
    return folder.resolve("pack").toString();
  }

  private CommandLineRun pack(String... more) {
    String[] first = {"data", "pack", SHAPES, "-o", to()};
    return CommandLineRun.of(Stream.of(first, more).flatMap(Stream::of).toArray(String[]::new));
  }

  @Test
  void aPackIsADataSetLikeAnyOther() {
    CommandLineRun packed = pack().succeeds();
    assertThat(packed.out()).contains("train", "val", "packed 2,040 images in");
    CommandLineRun check = CommandLineRun.of("data", "check", to()).succeeds();
    assertThat(check.out()).contains("train").doesNotContain("ignored    1");
    assertThat(check.out().lines()).anyMatch(l -> l.matches("ignored +0"));
    assertThat(check.out()).contains("no problems found");
  }

  @Test
  void whatIsReadBackIsWhatTheSourceHolds() {
    pack("--format", "raw").succeeds();
    String there = stats(SHAPES);
    assertThat(there).contains("red");
    assertThat(stats(to())).isEqualTo(there);
  }

  /** The table of colors, without the name of the set. */
  private static String stats(String set) {
    String out = CommandLineRun.of("data", "stats", set).succeeds().out();
    return out.substring(0, out.indexOf("\n\n")) + out.substring(out.indexOf("mean ", 60));
  }

  @Test
  void aPackTrainsToTheSameModelWhereverItLies() throws IOException {
    pack().succeeds();
    Path elsewhere = folder.resolve("elsewhere");
    CommandLineRun.of("data", "pack", SHAPES, "-o", elsewhere.toString(), "--threads", "1")
        .succeeds();
    assertThat(train(elsewhere, "b")).isEqualTo(train(Path.of(to()), "a"));
  }

  private String train(Path data, String run) throws IOException {
    Path to = folder.resolve(run);
    CommandLineRun.of(
            "train",
            "--data",
            data.toString(),
            "--model",
            "resnet20",
            "--steps",
            "2",
            "--batch",
            "8",
            "--threads",
            "1",
            "--precision",
            "f32",
            "--run",
            to.toString())
        .succeeds();
    return Files.readString(to.resolve("metrics.csv")).replaceAll(",[0-9.]+(?=\n)", "");
  }

  @Test
  void jsonTellsOfEveryShard() {
    JsonValue packed = pack("--json").succeeds().json().get(0);
    assertThat(packed.toString()).contains("train-000000.tar", "sha256", "packed_before");
    assertThat(pack("--json").succeeds().json()).hasSize(1);
    assertThat(pack().succeeds().out()).contains("complete already; every shard was checked");
  }

  @Test
  void otherOptionsAreRefusedByTheirNames() {
    pack().succeeds();
    pack("--side", "8")
        .failsWith(1, "made otherwise: --side (pack.side) 256, here 8", "name another folder");
  }

  @Test
  void impossibleValuesAreWrongUsage() {
    pack("--side", "0").failsWith(2, "--side (pack.side)", "1..4096, got 0");
    pack("--quality", "101").failsWith(2, "--quality");
    pack("--subsampling", "4:1:1").failsWith(2, "expected 4:2:0 or 4:4:4");
    pack("--shard-size", "5000").failsWith(2, "--shard-size");
    pack("--bad-fraction", "2").failsWith(2, "fraction of unreadable images");
    pack("--format", "png").failsWith(2, "png");
    assertThat(folder.resolve("pack")).doesNotExist();
  }

  @Test
  void aPackInsideTheDataIsRefused() {
    pack().succeeds();
    CommandLineRun.of("data", "pack", to(), "-o", to() + "/inside")
        .failsWith(2, "which is inside the data", "name another folder");
  }

  @Test
  void anUnfinishedPackIsNoDataSet() throws IOException {
    pack().succeeds();
    Files.move(folder.resolve("pack/pack.json"), folder.resolve("pack/pack-unfinished.json"));
    CommandLineRun.of("data", "stats", to())
        .failsWith(1, "is a pack that is not finished", "pack again with the same settings");
  }
}
