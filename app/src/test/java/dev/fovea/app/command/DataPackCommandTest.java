package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.CommandLineRun;
import dev.fovea.app.JsonValue;
import dev.fovea.tensor.Rng;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

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

  /** Photographs of the kind that a pack stores as JPEG. */
  private Path photographs() throws IOException {
    Path root = folder.resolve("photographs");
    for (int i = 0; i < 24; i++) {
      String split = i < 16 ? "train/" : "val/";
      put(root.resolve(split + (i % 2 == 0 ? "cat/" : "dog/") + i + ".ppm"), 90 * 70 * 3);
    }
    return root;
  }

  @Test
  void aPackOfJpegsTrainsToTheSameModelWhereverItLies() throws IOException {
    trainsToTheSameModel(photographs().toString(), "--side", "66");
    assertThat(members("first")).contains("000000000.jpg");
  }

  @Test
  void aPackOfPixelsTrainsToTheSameModelWhereverItLies() throws IOException {
    trainsToTheSameModel(cifar().toString(), "--format", "raw");
    assertThat(members("first")).contains("000000000.ppm");
  }

  /**
   * A binary folder as CIFAR-10 has it: a class number and three planes of 32x32 for each image.
   */
  private Path cifar() throws IOException {
    Path root = Files.createDirectories(folder.resolve("cifar-10-batches-bin"));
    Rng rng = Rng.of(5, 0, 0);
    List<String> files = new ArrayList<>(List.of("test_batch"));
    for (int b = 1; b <= 5; b++) {
      files.add("data_batch_" + b);
    }
    for (String file : files) {
      ByteArrayOutputStream records = new ByteArrayOutputStream();
      for (int i = 0; i < 20; i++) {
        records.write(i % 10);
        for (int k = 0; k < 3 * 32 * 32; k++) {
          records.write(rng.nextInt(256));
        }
      }
      Files.write(root.resolve(file + ".bin"), records.toByteArray());
    }
    Files.writeString(
        root.resolve("batches.meta.txt"),
        "airplane\nautomobile\nbird\ncat\ndeer\ndog\nfrog\nhorse\nship\ntruck\n");
    return root;
  }

  /** A picture of 90x70 of which so many bytes are there. */
  private static void put(Path file, int bytes) throws IOException {
    Files.createDirectories(file.resolveSibling(""));
    byte[] pixels = new byte[bytes];
    Rng rng = Rng.of(String.valueOf(file.getFileName()).hashCode(), 0, 0);
    for (int i = 0; i < bytes; i++) {
      pixels[i] = (byte) rng.nextInt(256);
    }
    Files.write(file, "P6\n90 70\n255\n".getBytes(StandardCharsets.US_ASCII));
    Files.write(file, pixels, StandardOpenOption.APPEND);
  }

  private String members(String pack) throws IOException {
    return Files.readString(
        folder.resolve(pack).resolve("train-000000.tar"), StandardCharsets.ISO_8859_1);
  }

  /** Packs twice, with other numbers of threads, and trains from both. */
  private void trainsToTheSameModel(String data, String... options) throws IOException {
    Map<String, byte[]> first = Map.of();
    for (String name : List.of("first", "second")) {
      Path pack = folder.resolve(name);
      List<String> line =
          new ArrayList<>(List.of("data", "pack", data, "-o", pack.toString(), "--threads"));
      line.add(name.equals("first") ? "1" : "3");
      line.addAll(List.of(options));
      CommandLineRun.of(line.toArray(String[]::new)).succeeds();
      Map<String, byte[]> trained = train(pack, "from-" + name);
      if (!first.isEmpty()) {
        assertThat(trained).containsExactlyEntriesOf(first);
      }
      first = trained;
    }
    // ResNet-20 has 270,000 parameters of four bytes.
    assertThat(first.values())
        .hasSize(2)
        .allSatisfy(t -> assertThat(t).hasSizeGreaterThan(1_000_000));
  }

  /**
   * Trains a few steps; the bytes of all tensors of the model and of the state of training. The
   * headers before them tell also where the data lies and how long it took.
   */
  private Map<String, byte[]> train(Path data, String run) throws IOException {
    Path to = folder.resolve(run);
    CommandLineRun.of(
            "train",
            "--data",
            data.toString(),
            "--model",
            "resnet20",
            "--steps",
            "3",
            "--batch",
            "4",
            "--threads",
            "1",
            "--precision",
            "f32",
            "--run",
            to.toString())
        .succeeds();
    Map<String, byte[]> files = new TreeMap<>();
    for (String file : List.of("model.safetensors", "last.safetensors")) {
      byte[] bytes = Files.readAllBytes(to.resolve(file));
      long header = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getLong();
      files.put(file, Arrays.copyOfRange(bytes, 8 + (int) header, bytes.length));
    }
    return files;
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

  @Test
  void imagesThatAreLeftOutDoNotCountAsPacked() throws IOException {
    Path data = photographs();
    put(data.resolve("train/cat/damaged.ppm"), 60);
    String[] line = {"data", "pack", data.toString(), "-o", to(), "--bad-fraction", "0.1"};
    CommandLineRun packed = CommandLineRun.of(line).succeeds();
    assertThat(packed.err()).contains("left out: cannot decode image train/cat/damaged.ppm");
    assertThat(packed.out()).contains("packed 24 images in");
    assertThat(packed.out().lines()).anyMatch(l -> l.matches("train +16 +1 +1 .*"));
    assertThat(CommandLineRun.of(line).succeeds().out()).contains("complete already");
  }

  /** Ctrl-C and SIGTERM in a process of its own, as soon as it has made two shards. */
  @ParameterizedTest
  @CsvSource({"INT, 130", "TERM, 143"})
  void aSignalEndsItWithItsCodeAndItGoesOnToTheSameBytes(String signal, int code) throws Exception {
    String[] line = {"data", "pack", "shapes(size=64,count=400)", "--shard-size", "1", "-o", to()};
    Path errors = folder.resolve("errors.txt");
    // A test that runs in the background of a script inherits an ignored SIGINT.
    List<String> process =
        new ArrayList<>(
            List.of(
                "env",
                "--default-signal=INT",
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                "dev.fovea.app.Main"));
    process.addAll(List.of(line));
    Process packing =
        new ProcessBuilder(process)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(errors.toFile())
            .start();
    try {
      Path second = folder.resolve("pack/train-000001.tar");
      while (packing.isAlive() && !Files.exists(second)) {
        Thread.sleep(5);
      }
      new ProcessBuilder("kill", "-" + signal, String.valueOf(packing.pid())).start().waitFor();
      assertThat(packing.waitFor(30, TimeUnit.SECONDS)).as("ended by SIG" + signal).isTrue();
      assertThat(packing.exitValue()).as(Files.readString(errors)).isEqualTo(code);
    } finally {
      packing.destroyForcibly();
    }
    assertThat(errors)
        .content()
        .containsPattern("interrupted at image [0-9,]+ of [0-9,]+; complete shards stay");
    assertThat(folder.resolve("pack")).isDirectoryNotContaining("glob:**.tmp");
    assertThat(CommandLineRun.of(line).succeeds().out()).contains("were packed before");
    line[line.length - 1] = folder.resolve("whole").toString();
    CommandLineRun.of(line).succeeds();
    // The record has the checksums of all shards.
    assertThat(folder.resolve("pack/pack.json"))
        .hasSameBinaryContentAs(folder.resolve("whole/pack.json"));
  }
}
