package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.fovea.app.CommandLineRun;
import dev.fovea.app.FreePorts;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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

    /** Waits for a text among its messages. */
    void says(String text) throws Exception {
      while (process.isAlive() && !errors().contains(text)) {
        Thread.sleep(20);
      }
      assertThat(process.isAlive()).as(errors()).isTrue();
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
    // A test that runs in the background of a script inherits an ignored SIGINT.
    List<String> line = new ArrayList<>(List.of("env", "--default-signal=INT"));
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
    assertThat(two.get(0).errors()).containsPattern("epoch 3: waited [0-9.]+ s for other ranks");
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
  void aKilledRankEndsTheOthersAndCtrlCOnOneOfMoreThatResumeStopsAll() throws Exception {
    List<Rank> two = start(2, flags("run", "--epochs", "20000", "--save-every", "50steps"));
    Rank first = two.get(0);
    two.get(1).says("epoch 2:");
    two.get(1).process().destroyForcibly().waitFor();
    first.ends(1);
    assertThat(first.lastLine()).contains("fovea train: error:", "rank 1 (127.0.0.1:");
    assertThat(first.errors()).contains("continue with: fovea train --resume --run");
    assertThat(folder.resolve("run/report.html")).content().contains("failed:");
    List<Rank> three = start(3, List.of("--resume", "--run", run("run")));
    Rank last = three.get(2);
    last.says(": train loss ");
    new ProcessBuilder("kill", "-INT", String.valueOf(last.process().pid())).start().waitFor();
    for (Rank rank : three) {
      rank.ends(130);
    }
    assertThat(last.errors())
        .contains("rank 2: stopping: all ranks finish this step, and rank 0 saves")
        .contains("rank 2: ends after step ");
    assertThat(three.get(0).errors()).containsPattern("resuming after step [1-9]");
    Matcher stopped =
        Pattern.compile("stopped on another rank after step ([0-9,]+) of [0-9,]+, the state is.*")
            .matcher(three.get(0).lastLine());
    assertThat(stopped.matches()).as(three.get(0).lastLine()).isTrue();
    assertThat(stopped.group())
        .endsWith("fovea train --resume --run " + run("run") + " --hosts ...");
    CommandLineRun alone =
        CommandLineRun.of("train", "--resume", "--run", run("run"), "--max-time", "1s").succeeds();
    assertThat(alone.err()).contains("resuming after step " + stopped.group(1) + "\n");
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
    refuses("127.0.0.1:7000 occurs twice", "--hosts", two + ",127.0.0.1:7000", "--rank", "0");
    refuses("--hosts: '::1:7000'", "--hosts", "::1:7000,::1:7001", "--rank", "0");
    refusesRank0("--deadline is 'soon'", "--deadline", "soon");
    refusesRank0("--deadline is '50steps'", "--deadline", "50steps");
    refusesRank0("between 0.1 s and 7 days", "--deadline", "200h");
    refusesRank0("--interface is ''", "--interface", "");
    refusesRank0("--dry-run is of one process", "--dry-run");
    refusesRank0("--batch and --batch-per-rank", "--batch", "8", "--batch-per-rank", "4");
    refusesRank0("--scale-rate goes with --batch-per-rank", "--scale-rate", "sqrt");
    refusesRank0("leave out --hosts", "--spark", "local[2]");
    refuses("--ranks is for --spark", "--ranks", "2");
  }

  @Test
  void withoutASecretOfThisUserAloneNothingIsOpened() throws Exception {
    refusesRank0("the ranks need a secret in common");
    String[] line = train(rank0(hosts(2)));
    CommandLineRun.in(Map.of("FOVEA_RING_SECRET", "short"), line)
        .failsWith(2, "FOVEA_RING_SECRET: the secret of a ring has 32 to", "openssl rand -hex 32");
    Path none = folder.resolve("none");
    CommandLineRun.of(train(rank0(hosts(2), "--secret-file", none.toString())))
        .failsWith(1, none + ": no such file");
    Files.setPosixFilePermissions(secret, PosixFilePermissions.fromString("rw-r--r--"));
    refusesRank0("chmod 600", "--secret-file", secret.toString());
  }

  @Test
  void anAddressWhereThisRankCannotListenOrBeReachedIsSaid() throws Exception {
    String[] given = {"--secret-file", secret.toString()};
    String hosts = hosts(2);
    String own = hosts.substring(0, hosts.indexOf(','));
    int port = Integer.parseInt(own.substring(own.indexOf(':') + 1));
    try (ServerSocket other = new ServerSocket(port, 1, InetAddress.getLoopbackAddress())) {
      assertThat(other.isBound()).isTrue();
      CommandLineRun.of(train(rank0(hosts, given)))
          .failsWith(1, "cannot listen at " + own, "a port that no other process has");
    }
    // Addresses that nobody has (RFC 5737).
    CommandLineRun.of(train(rank0("192.0.2.1:7000,192.0.2.2:7000", given)))
        .failsWith(1, "cannot listen at 192.0.2.1:7000", "an address of this machine");
    CommandLineRun alone = CommandLineRun.of(train(rank0(own + ",192.0.2.2:7000", given)));
    assertThat(alone.code()).isEqualTo(2);
    assertThat(alone.err().lines().toList())
        .last()
        .asString()
        .contains("rank 0 listens at " + own, "a rank at 192.0.2.2:7000", "give it to --interface");
  }

  private static List<String> rank0(String hosts, String... flags) {
    List<String> line = new ArrayList<>(List.of("--data", "shapes(size=8,count=300)"));
    line.addAll(List.of("--model", TINY, "--hosts", hosts, "--rank", "0"));
    line.addAll(List.of(flags));
    return line;
  }

  private static void refusesRank0(String reason, String... flags) {
    CommandLineRun.of(train(rank0("127.0.0.1:7000,127.0.0.1:7001", flags))).failsWith(2, reason);
  }

  private static void refuses(String reason, String... flags) {
    CommandLineRun.of(train(List.of(flags))).failsWith(2, reason);
  }

  private static String[] train(List<String> flags) {
    List<String> line = new ArrayList<>(List.of("train"));
    line.addAll(flags);
    return line.toArray(String[]::new);
  }
}
