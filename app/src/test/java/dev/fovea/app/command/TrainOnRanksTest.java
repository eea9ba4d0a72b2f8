package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.app.CommandLineRun;
import dev.fovea.app.FreePorts;
import dev.fovea.train.RunConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code fovea train --hosts}, with a process for each rank. */
@Timeout(300)
class TrainOnRanksTest {
  // Without batch norms, whose statistics are those of a rank.
  private static final String TINY =
      "tiny{input=Input(|3x8x8);"
          + "c1=Conv2d(input|16|3x3s1x1p1x1|1|true|HeNormal:OUT|Constant:0.0);r1=Relu(c1);"
          + "flat=Flatten(r1);fc=Linear(flat|10|true|PyTorchDefault:1024|PyTorchDefault:1024);"
          + ">fc:1.0}";

  @TempDir Path folder;

  private final List<Process> started = new ArrayList<>();
  private Path secret = Path.of("");

  @BeforeEach
  void makeASecret() throws IOException {
    secret = folder.resolve("secret");
    Files.writeString(secret, "0123456789abcdef0123456789abcdef\n");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-------"));
  }

  @AfterEach
  void endWhatIsLeft() {
    started.forEach(Process::destroyForcibly);
  }

  /** A process, and what it has printed. */
  private record Rank(Process process, Path out, Path err) {
    Rank ends(int code) throws Exception {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).as(errors()).isTrue();
      assertThat(process.exitValue()).as(errors()).isEqualTo(code);
      return this;
    }

    String errors() throws IOException {
      return Files.readString(err);
    }

    String lastLine() throws IOException {
      List<String> lines = Files.readAllLines(err);
      return lines.get(lines.size() - 1);
    }
  }

  private static String hosts(int ranks) throws IOException {
    List<String> addresses = new ArrayList<>();
    for (int i = 0; i < ranks; i++) {
      addresses.add("127.0.0.1:" + FreePorts.take());
    }
    return String.join(",", addresses);
  }

  private Rank start(String hosts, int rank, List<String> flags) throws IOException {
    Path out = Files.createTempFile(folder, "rank" + rank + "-", ".out");
    Path err = Files.createTempFile(folder, "rank" + rank + "-", ".err");
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xmx512m", "-cp"));
    line.addAll(List.of(System.getProperty("java.class.path"), "dev.fovea.app.Main", "train"));
    line.addAll(List.of("--hosts", hosts, "--rank", String.valueOf(rank)));
    line.addAll(List.of("--secret-file", secret.toString(), "--deadline", "60s"));
    line.addAll(flags);
    Process process =
        new ProcessBuilder(line).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    started.add(process);
    return new Rank(process, out, err);
  }

  private List<Rank> start(int ranks, List<String> flags) throws IOException {
    String hosts = hosts(ranks);
    List<Rank> all = new ArrayList<>();
    for (int r = 0; r < ranks; r++) {
      all.add(start(hosts, r, flags));
    }
    return all;
  }

  private List<String> flags(String run, String... more) {
    List<String> flags = new ArrayList<>();
    flags.addAll(List.of("--data", "shapes(size=8,count=300)", "--model", TINY, "--seed", "3"));
    flags.addAll(List.of("--threads", "1", "--precision", "f32", "--lr", "0.05"));
    flags.addAll(List.of("--batch", "24", "--run", folder.resolve(run).toString()));
    flags.addAll(List.of(more));
    return flags;
  }

  @Test
  void twoAndThreeRanksTrainLikeOne() throws Exception {
    CommandLineRun.of(train(flags("one", "--epochs", "3"))).succeeds();
    List<Rank> two = start(2, flags("two", "--epochs", "3"));
    List<Rank> three = start(3, flags("three", "--epochs", "3", "--json"));
    for (Rank rank : two) {
      rank.ends(0);
    }
    for (Rank rank : three) {
      rank.ends(0);
    }
    List<double[]> one = losses("one");
    assertThat(one).hasSize(3);
    for (String run : List.of("two", "three")) {
      List<double[]> several = losses(run);
      for (int epoch = 0; epoch < one.size(); epoch++) {
        assertThat(several.get(epoch)).as(run).containsExactly(one.get(epoch), within(1e-5));
      }
    }
    assertThat(two.get(0).errors()).contains("s for sums with the other ranks");
    assertThat(two.get(1).errors().lines().filter(l -> l.startsWith("rank 1: epoch"))).hasSize(3);
    assertThat(two.get(0).out()).content().contains("model   ");
    assertThat(two.get(1).out()).isEmptyFile();
    assertThat(three.get(0).out()).content().contains("{\"event\":\"exchanged\",\"epoch\":3,");
    assertThat(folder.resolve("two/report.html")).content().contains("waiting for other ranks");
  }

  /** Training loss and validation loss of each epoch. */
  private List<double[]> losses(String run) throws IOException {
    List<double[]> losses = new ArrayList<>();
    for (String line : Files.readAllLines(folder.resolve(run).resolve("metrics.csv"))) {
      String[] cells = line.split(",");
      if (!cells[0].equals("epoch")) {
        losses.add(new double[] {Double.parseDouble(cells[2]), Double.parseDouble(cells[4])});
      }
    }
    return losses;
  }

  @Test
  void theSameRanksMakeTheSameModel() throws Exception {
    for (String run : List.of("first", "second")) {
      for (Rank rank : start(2, flags(run, "--epochs", "2", "--wire", "bf16"))) {
        rank.ends(0);
      }
    }
    assertThat(folder.resolve("first/model.safetensors"))
        .hasSameBinaryContentAs(folder.resolve("second/model.safetensors"));
  }

  @Test
  void aRankThatIsKilledEndsTheOthersAndTheStateResumesOnMore() throws Exception {
    List<String> flags = flags("run", "--epochs", "2000", "--save-every", "50steps");
    List<Rank> two = start(2, flags);
    Rank first = two.get(0);
    while (first.process().isAlive() && !first.errors().contains("epoch 2:")) {
      Thread.sleep(20);
    }
    assertThat(two.get(1).process().isAlive()).as(two.get(1).errors()).isTrue();
    two.get(1).process().destroyForcibly().waitFor();
    first.ends(1);
    assertThat(first.lastLine()).contains("fovea train: error:", "rank 1 (127.0.0.1:");
    assertThat(first.errors()).contains("continue with: fovea train --resume --run");
    assertThat(folder.resolve("run/report.html")).content().contains("failed:");
    List<Rank> three = start(3, List.of("--resume", "--run", run("run"), "--max-time", "2s"));
    for (Rank rank : three) {
      rank.ends(0);
    }
    assertThat(three.get(0).errors())
        .containsPattern("resuming after step [1-9]")
        .contains("time is up", "fovea train --resume --run");
    CommandLineRun alone =
        CommandLineRun.of("train", "--resume", "--run", run("run"), "--max-time", "1s").succeeds();
    assertThat(alone.err()).contains("resuming after step");
  }

  private String run(String name) {
    return folder.resolve(name).toString();
  }

  @Test
  void anotherSeedIsRefusedOnAllRanksByItsName() throws Exception {
    String hosts = hosts(2);
    Rank first = start(hosts, 0, flags("run"));
    List<String> other = flags("run");
    other.set(other.indexOf("--seed") + 1, "4");
    Rank second = start(hosts, 1, other);
    for (Rank rank : List.of(first, second)) {
      assertThat(rank.ends(1).lastLine())
          .contains("--seed (engine.seed) is '4' on rank 1 and '3' on rank 0");
    }
    assertThat(folder.resolve("run")).doesNotExist();
  }

  @Test
  void aBatchPerRankIsSaidInFull() throws Exception {
    List<String> flags =
        new ArrayList<>(flags("run", "--epochs", "1", "--batch-per-rank", "24", "--scale-rate"));
    flags.add("linear");
    int at = flags.indexOf("--batch");
    flags.subList(at, at + 2).clear();
    List<Rank> two = start(2, flags);
    for (Rank rank : two) {
      rank.ends(0);
    }
    assertThat(two.get(0).errors())
        .contains(
            "note: --batch (learning.batch) is 48: 24 images on each of 2 ranks; it was ",
            "--lr (learning.rate.base) is ",
            ", by the linear rule; it was 0.05")
        .contains("steps of batch 48");
  }

  @Test
  void flagsThatDoNotFitTogetherAreWrongUsage() throws Exception {
    String two = "127.0.0.1:7000,127.0.0.1:7001";
    refuses("--rank is missing; --hosts names 2 ranks", "--hosts", two);
    refuses("--rank is 2; --hosts names 2 ranks", "--hosts", two, "--rank", "2");
    refuses("--rank is for runs on several machines", "--rank", "1");
    refuses("names one rank", "--hosts", "127.0.0.1:7000", "--rank", "0");
    refuses("--deadline is 'soon'", "--hosts", two, "--rank", "0", "--deadline", "soon");
    refuses("--dry-run is of one process", "--hosts", two, "--rank", "0", "--dry-run");
    refuses(
        "--batch and --batch-per-rank",
        "--hosts",
        two,
        "--rank",
        "0",
        "--batch",
        "8",
        "--batch-per-rank",
        "4");
    refuses(
        "--scale-rate goes with --batch-per-rank",
        "--hosts",
        two,
        "--rank",
        "0",
        "--scale-rate",
        "sqrt");
    refuses("the ranks need a secret in common", "--hosts", two, "--rank", "0");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
    refuses("chmod 600", "--hosts", two, "--rank", "0", "--secret-file", secret.toString());
  }

  @Test
  void onSparkTheSettingsAreWrittenAndTheLineIsSaid() throws Exception {
    List<String> flags = flags("run", "--spark", "spark://host:7077", "--ranks", "3");
    flags.addAll(List.of("--wire", "bf16", "--deadline", "2m"));
    CommandLineRun said = CommandLineRun.of(train(flags)).succeeds();
    assertThat(said.err()).contains("Spark is not started, since SPARK_HOME is not set");
    assertThat(said.out())
        .startsWith(
            "spark-submit --master spark://host:7077 --class dev.fovea.spark.Train --jars"
                + " $FOVEA_SPARK_JARS ")
        .contains(" --recipe " + run("run") + "/spark.json --run " + run("run") + " ")
        .endsWith(" --ranks 3 --deadline 2m --wire bf16\n");
    RunConfig written = RunConfig.recipe(run("run") + "/spark.json");
    assertThat(written.learning().batch()).isEqualTo(24);
    assertThat(written.engine().seed()).isEqualTo(3);
    refuses("--spark needs --run", "--spark", "spark://host:7077");
    refuses("leave out --hosts", "--spark", "local[2]", "--hosts", "a:1,b:2");
    refuses("--ranks is for --spark", "--ranks", "2");
  }

  private static void refuses(String reason, String... flags) {
    List<String> line = new ArrayList<>(List.of("--data", "shapes(size=8,count=300)"));
    line.addAll(List.of("--model", TINY));
    line.addAll(List.of(flags));
    CommandLineRun.of(train(line)).failsWith(2, reason);
  }

  private static String[] train(List<String> flags) {
    List<String> line = new ArrayList<>(List.of("train"));
    line.addAll(flags);
    return line.toArray(String[]::new);
  }
}
