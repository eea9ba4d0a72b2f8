package dev.fovea.collective.ring;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Machines that are network namespaces, each with one interface at a switch that is one, too: the
 * network of this machine itself stays as it is. Needs root and iproute2. Machines that a killed
 * process has left behind are removed by the next one.
 */
final class Cluster implements AutoCloseable {
  static final int PORT = 4000;

  private static final Pattern NAME = Pattern.compile("fovea(\\d+)-\\w+");

  private final String prefix = "fovea" + ProcessHandle.current().pid() + "-";
  private final int machines;
  private final List<Machine> running = new ArrayList<>();

  /** A process on one of the machines, with what it has printed. */
  static final class Machine {
    private final Process process;
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final Thread reader;

    private Machine(Process process) {
      this.process = process;
      this.reader = new Thread(this::read, "output of a rank");
      reader.start();
    }

    private void read() {
      try (BufferedReader output =
          new BufferedReader(
              new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
        output.lines().forEach(lines::add);
      } catch (IOException e) {
        lines.add("output lost: " + e);
      }
    }

    /** Waits for a line that starts like this. */
    void until(String start) {
      long end = System.nanoTime() + 60_000_000_000L;
      while (lines.stream().noneMatch(line -> line.startsWith(start))) {
        if (System.nanoTime() > end
            || !reader.isAlive() && lines.stream().noneMatch(line -> line.startsWith(start))) {
          throw new AssertionError("no line '" + start + "' among " + lines);
        }
        pause(10);
      }
    }

    /** The last line, after the process has ended. */
    String last() {
      try {
        if (!process.waitFor(60, TimeUnit.SECONDS)) {
          throw new AssertionError("a rank does not end; it printed " + lines);
        }
        reader.join();
      } catch (InterruptedException e) {
        throw new IllegalStateException(e);
      }
      return lines.isEmpty() ? "" : lines.get(lines.size() - 1);
    }

    List<String> lines() {
      return lines;
    }

    void signal(String name) {
      // ip replaces itself by the program that it runs, so this is the rank's own process.
      command("kill", "-" + name, Long.toString(process.pid()));
    }
  }

  Cluster(int machines) {
    this.machines = machines;
    removeLeftovers();
    try {
      command("ip", "netns", "add", prefix + "switch");
      command("ip", "-n", prefix + "switch", "link", "add", "bridge", "type", "bridge");
      command("ip", "-n", prefix + "switch", "link", "set", "bridge", "up");
      for (int i = 0; i < machines; i++) {
        add(i);
      }
    } catch (RuntimeException e) {
      namespaces().filter(name -> name.startsWith(prefix)).forEach(Cluster::remove);
      throw e;
    }
  }

  /** Removes the machines, with what runs on them, of processes that were killed amid a test. */
  private static void removeLeftovers() {
    Predicate<String> isOfTheDead =
        name -> {
          Matcher matcher = NAME.matcher(name);
          return matcher.matches() && ProcessHandle.of(Long.parseLong(matcher.group(1))).isEmpty();
        };
    namespaces().filter(isOfTheDead).forEach(Cluster::remove);
  }

  /** The names of the network namespaces of this machine. */
  static Stream<String> namespaces() {
    // A number may follow the name.
    return command("ip", "netns", "list").lines().map(line -> line.split(" ", 2)[0]);
  }

  private static void remove(String namespace) {
    for (String pid : command("ip", "netns", "pids", namespace).lines().toList()) {
      ProcessHandle.of(Long.parseLong(pid.strip())).ifPresent(ProcessHandle::destroyForcibly);
    }
    command("ip", "netns", "del", namespace);
  }

  private void add(int i) {
    String machine = prefix + i;
    String hub = prefix + "switch";
    command("ip", "netns", "add", machine);
    command(
        "ip", "-n", hub, "link", "add", port(i), "type", "veth", "peer", "name", "eth0", "netns",
        machine);
    command("ip", "-n", hub, "link", "set", port(i), "master", "bridge", "up");
    command("ip", "-n", machine, "addr", "add", address(i) + "/24", "dev", "eth0");
    command("ip", "-n", machine, "link", "set", "eth0", "up");
    command("ip", "-n", machine, "link", "set", "lo", "up");
  }

  static String address(int machine) {
    return "10.77.0." + (machine + 1);
  }

  static List<RingAddress> ranks(int count) {
    List<RingAddress> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add(new RingAddress(address(i), PORT));
    }
    return all;
  }

  private static String port(int machine) {
    return "port" + machine;
  }

  /** Starts a rank on a machine. */
  Machine start(int machine, RingProcess.Task task, String secret) {
    List<String> command =
        new ArrayList<>(
            List.of(
                "ip",
                "netns",
                "exec",
                prefix + machine,
                System.getProperty("java.home") + File.separator + "bin" + File.separator + "java",
                "-Xmx256m",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                RingProcess.class.getName()));
    command.addAll(task.arguments());
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true);
    builder.environment().put(RingProcess.SECRET, secret);
    try {
      Machine started = new Machine(builder.start());
      running.add(started);
      return started;
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Whether a port can be connected to, from the machine itself. */
  boolean answers(int machine, String host) {
    try {
      return new ProcessBuilder(
                  "ip",
                  "netns",
                  "exec",
                  prefix + machine,
                  "bash",
                  "-c",
                  "exec 3<>/dev/tcp/" + host + "/" + PORT)
              .start()
              .waitFor()
          == 0;
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  void cut(int machine) {
    command("ip", "-n", prefix + "switch", "link", "set", port(machine), "down");
  }

  /** Limits what goes to and from a machine. */
  void slow(int machine, String rate) {
    slowInto(machine, rate);
    limit(prefix + machine, "eth0", rate);
  }

  /** Limits what goes to a machine. */
  void slowInto(int machine, String rate) {
    limit(prefix + "switch", port(machine), rate);
  }

  private static void limit(String namespace, String device, String rate) {
    command(
        "tc", "-n", namespace, "qdisc", "replace", "dev", device, "root", "tbf", "rate", rate,
        "burst", "16kb", "latency", "300ms");
  }

  static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Runs a command and returns what it prints. */
  static String command(String... words) {
    try {
      Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", words) + ": " + output);
      }
      return output;
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    for (Machine machine : running) {
      machine.process.destroyForcibly();
      machine.last();
    }
    for (int i = 0; i < machines; i++) {
      remove(prefix + i);
    }
    remove(prefix + "switch");
  }
}
