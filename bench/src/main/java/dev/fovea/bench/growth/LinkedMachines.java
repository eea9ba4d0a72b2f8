package dev.fovea.bench.growth;

import dev.fovea.bench.BenchException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Two network namespaces with a cable between them, whose speed the kernel limits; this machine's
 * own network stays as it is. Linux, as root, with iproute2.
 */
final class LinkedMachines implements AutoCloseable {
  static final String HOSTS = "10.78.0.1:4000,10.78.0.2:4000";

  private final String prefix = "fovea-growth-" + ProcessHandle.current().pid() + "-";
  // Also where the program is interrupted.
  private final Thread removal = new Thread(this::remove, "remove namespaces");

  private LinkedMachines() {}

  /** Makes both. */
  static LinkedMachines open() {
    LinkedMachines machines = new LinkedMachines();
    Runtime.getRuntime().addShutdownHook(machines.removal);
    try {
      machines.connect();
    } catch (BenchException e) {
      machines.close();
      throw e;
    }
    return machines;
  }

  private void connect() {
    run("ip", "netns", "add", machine(0));
    run("ip", "netns", "add", machine(1));
    run(
        "ip",
        "-n",
        machine(0),
        "link",
        "add",
        "eth0",
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "netns",
        machine(1));
    for (int i = 0; i < 2; i++) {
      run("ip", "-n", machine(i), "addr", "add", "10.78.0." + (i + 1) + "/24", "dev", "eth0");
      run("ip", "-n", machine(i), "link", "set", "eth0", "up");
    }
  }

  private String machine(int i) {
    return prefix + i;
  }

  /** Limits both directions of the cable. */
  void limit(int megabits) {
    for (int i = 0; i < 2; i++) {
      run(
          "tc",
          "-n",
          machine(i),
          "qdisc",
          "replace",
          "dev",
          "eth0",
          "root",
          "tbf",
          "rate",
          megabits + "mbit",
          "burst",
          "128kb",
          "latency",
          "50ms");
    }
  }

  /**
   * Runs a rank on each and returns what rank 0 prints last.
   *
   * @param arguments of {@link GrowthRank} after the number of the rank, but for the folder
   * @param folder where each gets its own
   */
  GrowthRank.Measured train(List<String> arguments, Path folder) {
    List<Process> ranks = new ArrayList<>();
    try {
      for (int i = 0; i < 2; i++) {
        ranks.add(start(i, arguments, folder.resolve(Integer.toString(i))));
      }
      try (BufferedReader lines =
          new BufferedReader(
              new InputStreamReader(ranks.get(0).getInputStream(), StandardCharsets.UTF_8))) {
        String last = "";
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          last = line;
        }
        if (ranks.get(0).waitFor() != 0) {
          throw new BenchException("rank 0 ended with exit code " + ranks.get(0).exitValue());
        }
        return GrowthRank.Measured.parse(last);
      }
    } catch (IOException e) {
      throw new BenchException("cannot run the ranks: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    } finally {
      ranks.forEach(Process::destroyForcibly);
    }
  }

  private Process start(int rank, List<String> arguments, Path folder) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "ip",
                "netns",
                "exec",
                machine(rank),
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx1g",
                "-XX:+UseSerialGC",
                "-Dorg.bytedeco.javacpp.maxBytes=0",
                "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0",
                "-cp",
                System.getProperty("java.class.path"),
                GrowthRank.class.getName(),
                HOSTS,
                Integer.toString(rank)));
    command.addAll(arguments);
    command.add(folder.toString());
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    if (rank > 0) {
      builder.redirectOutput(ProcessBuilder.Redirect.DISCARD);
    }
    return builder.start();
  }

  private static void run(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new BenchException(
            String.join(" ", command) + ": " + output.strip() + "; needs Linux and root");
      }
    } catch (IOException e) {
      throw new BenchException("no network namespaces here: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted", e);
    }
  }

  private void remove() {
    for (int i = 0; i < 2; i++) {
      try {
        new ProcessBuilder("ip", "netns", "del", machine(i))
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start()
            .waitFor();
      } catch (IOException | InterruptedException e) {
        System.err.println("remove it yourself: ip netns del " + machine(i));
      }
    }
  }

  @Override
  public void close() {
    Runtime.getRuntime().removeShutdownHook(removal);
    remove();
  }
}
