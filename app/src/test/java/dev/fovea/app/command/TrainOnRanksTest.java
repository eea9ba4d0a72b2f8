package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.CommandLineRun;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
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
    List<ServerSocket> taken = new ArrayList<>();
    try {
      for (int i = 0; i < ranks; i++) {
        taken.add(new ServerSocket(0, 1, InetAddress.getLoopbackAddress()));
      }
      return taken.stream()
          .map(s -> "127.0.0.1:" + s.getLocalPort())
          .collect(Collectors.joining(","));
    } finally {
      for (ServerSocket s : taken) {
        s.close();
      }
    }
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
    for (Rank rank : two) {
      rank.ends(0);
    }
    List<Rank> three = start(3, flags("three", "--epochs", "3", "--json"));
    for (Rank rank : three) {
      rank.ends(0);
    }
    System.err.println(two.get(0).errors());
    System.err.println(two.get(1).errors());
    System.err.println(Files.readString(three.get(0).out()));
    System.err.println(Files.readString(folder.resolve("one/metrics.csv")));
    System.err.println(Files.readString(folder.resolve("two/metrics.csv")));
    System.err.println(Files.readString(folder.resolve("three/metrics.csv")));
  }

  private static String[] train(List<String> flags) {
    List<String> line = new ArrayList<>(List.of("train"));
    line.addAll(flags);
    return line.toArray(String[]::new);
  }
}
