package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.app.CommandLineRun;
import dev.fovea.app.JsonValue;
import java.util.List;
import org.junit.jupiter.api.Test;

class BenchCommandTest {

  @Test
  void trainingIsMeasuredWithItsMemory() {
    CommandLineRun run =
        CommandLineRun.of(
                "bench",
                "train",
                "--model=resnet20",
                "--batch=2",
                "--threads=1",
                "--steps=2",
                "--precision=f32",
                "--input=16",
                "--convolution=direct",
                "--json")
            .succeeds();
    JsonValue json = run.json().get(0);
    assertThat(json.get("images_per_second").number()).isPositive();
    assertThat(json.get("steps").number()).isEqualTo(2);
    assertThat(json.get("precision").text()).isEqualTo("f32");
    assertThat(json.get("convolution").text()).isEqualTo("direct");
    assertThat(json.get("arena_bytes").number()).isPositive();
    assertThat(run.err())
        .contains("measuring train of resnet20", "convolution direct")
        .doesNotContain("share");
  }

  @Test
  void verboseListsTheImplementationOfEveryPrimitive() {
    CommandLineRun run =
        CommandLineRun.of(
                "bench",
                "infer",
                "--model=resnet20",
                "--batch=1",
                "--threads=1",
                "--steps=1",
                "--verbose")
            .succeeds();
    assertThat(run.out()).contains("images per second", "median step");
    assertThat(run.err()).contains("implementation", "layer1.0.conv1").doesNotContain("ref:any");
  }

  @Test
  void verboseGivesEachPrimitiveAndEachAlgorithmOfConvolutionItsShareOfTheStep() {
    List<String> lines =
        CommandLineRun.of(
                "bench",
                "train",
                "--model=resnet20",
                "--batch=2",
                "--threads=1",
                "--steps=3",
                "--precision=f32",
                "--convolution=direct",
                "--verbose")
            .succeeds()
            .err()
            .lines()
            .toList();
    List<String> backward =
        lines.stream().filter(l -> l.matches("layer2\\.1\\.conv1 +convolution backward_.*")).toList();
    assertThat(backward).hasSize(2).allMatch(l -> l.matches(".* [0-9.]+ +[0-9.]+ %"));
    int at = lines.indexOf(lines.stream().filter(l -> l.startsWith("algorithm")).findFirst().get());
    List<String> sums = lines.subList(at + 1, lines.size());
    // 19 convolutions in three passes, two shortcuts in two; conv1 has no data gradient.
    assertThat(sums.get(0)).matches("direct +60 +[0-9.]+ +[0-9.]+ %");
    assertThat(sums.get(1)).startsWith("everything else");
    assertThat(sums.get(2)).startsWith("weight update");
    assertThat(sums.get(4)).matches("one step +[0-9.]+ +100.0 %");
    double all = sums.subList(0, 3).stream().mapToDouble(BenchCommandTest::percent).sum();
    assertThat(all).isCloseTo(100, within(0.2));
  }

  private static double percent(String line) {
    return Double.parseDouble(line.replaceFirst(".* ([0-9.]+) %$", "$1"));
  }

  @Test
  void aBatchThatCannotFitIsRefusedBeforeMemoryIsTaken() {
    CommandLineRun run = CommandLineRun.of("bench", "train", "--model=resnet50", "--batch=1000000");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err().lines().toList()).last().asString().contains("needs", "--batch");
  }

  @Test
  void wrongValuesAreOneLine() {
    CommandLineRun.of("bench", "train", "--model=resnet20", "--batch=0")
        .failsWith(2, "--batch is 0");
    CommandLineRun.of("bench", "train", "--model=resnet20", "--batch=1", "--without=magic")
        .failsWith(2, "--without magic", "fuse-relu", "hoist-norms");
    CommandLineRun.of("bench", "learn", "--model=resnet20", "--batch=1")
        .failsWith(2, "train", "infer", "'learn'");
    CommandLineRun.of("bench", "train", "--batch=1").failsWith(2, "--model");
    CommandLineRun.of("bench", "train", "--model=resnet20", "--batch=1", "--seconds=-1")
        .failsWith(2, "--seconds");
    CommandLineRun.of("bench", "train", "--model=resnet20", "--batch=1", "--precision=fp8")
        .failsWith(2, "--precision", "bf16");
    CommandLineRun.of("bench", "train", "--model=resnet20", "--batch=1", "--convolution=fft")
        .failsWith(2, "--convolution", "direct");
    CommandLineRun.of("bench", "train", "--model=resnet20", "--batch=1", "--threads=-2")
        .failsWith(2, "--threads");
  }
}
