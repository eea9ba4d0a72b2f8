package dev.fovea.bench.load;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.fovea.bench.BenchException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A process of {@code fovea serve}. Closing it ends it. */
public final class ServedProcess implements AutoCloseable {
  private static final long START_SECONDS = 120;
  private static final long END_SECONDS = 60;

  private final Process process;
  private final Path log;
  private final int port;
  private final LinuxProcess figures;

  private ServedProcess(Process process, Path log, int port) {
    this.process = process;
    this.log = log;
    this.port = port;
    this.figures = new LinuxProcess("fovea serve", process.pid());
  }

  /**
   * Starts a server on a free port and waits until it is ready.
   *
   * @param launcher the script {@code fovea}
   * @param arguments models and flags
   * @throws BenchException if it ends or is not ready in time, with what it said
   */
  public static ServedProcess start(String launcher, List<String> arguments) {
    try {
      int port;
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = free.getLocalPort();
      }
      List<String> command = new ArrayList<>(List.of(launcher, "serve"));
      command.addAll(arguments);
      command.addAll(List.of("--port", Integer.toString(port)));
      Path log = Files.createTempFile("fovea-bench-serve", ".log");
      log.toFile().deleteOnExit();
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start();
      ServedProcess served = new ServedProcess(process, log, port);
      Runtime.getRuntime().addShutdownHook(new Thread(process::destroyForcibly, "end-server"));
      served.awaitReady();
      return served;
    } catch (IOException e) {
      throw new BenchException("cannot start " + launcher + " serve: " + e.getMessage(), e);
    }
  }

  private void awaitReady() {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(START_SECONDS);
    while (System.nanoTime() < end) {
      if (!process.isAlive()) {
        throw new BenchException(
            "fovea serve ended with exit code " + process.exitValue() + ":\n" + said());
      }
      try (Connection connection = new Connection(port)) {
        if (connection.ask(Question.get("/v2/health/ready")).status() == 200) {
          return;
        }
      } catch (IOException e) {
        // Not yet there.
      }
      sleep();
    }
    process.destroyForcibly();
    throw new BenchException(
        "fovea serve was not ready within " + START_SECONDS + " s; it said:\n" + said());
  }

  private static void sleep() {
    try {
      Thread.sleep(50);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted while the server started", e);
    }
  }

  /** The name of a model's input, from its metadata. */
  public String input(String model) {
    try (Connection connection = new Connection(port)) {
      Answer answer = connection.ask(Question.get("/v2/models/" + model));
      try (JsonParser json = new JsonFactory().createParser(answer.body())) {
        boolean inputs = false;
        for (JsonToken token = json.nextToken(); token != null; token = json.nextToken()) {
          if (token == JsonToken.FIELD_NAME) {
            inputs |= json.currentName().equals("inputs");
            if (inputs && json.currentName().equals("name")) {
              return json.nextTextValue();
            }
          }
        }
      }
      throw new BenchException(
          "the metadata of " + model + " name no input: " + answer.status() + " " + answer.text());
    } catch (IOException e) {
      throw new BenchException("cannot read the metadata of " + model + ": " + e.getMessage(), e);
    }
  }

  /** Everything that it printed. */
  public String said() {
    try {
      return Files.readString(log);
    } catch (IOException e) {
      return "(unreadable: " + e.getMessage() + ")";
    }
  }

  /** Where it listens. */
  public Target target() {
    return new Target(port);
  }

  /** Its port. */
  public int port() {
    return port;
  }

  /** Its memory and CPU time. */
  public LinuxProcess figures() {
    return figures;
  }

  /** Sends SIGTERM. */
  public void terminate() {
    process.destroy();
  }

  /**
   * Waits until it has ended.
   *
   * @return its exit code
   */
  public int awaitEnd() {
    try {
      if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
        throw new BenchException(
            "fovea serve did not end within " + END_SECONDS + " s after SIGTERM");
      }
      return process.exitValue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new BenchException("interrupted while the server ended", e);
    }
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor();
      Files.deleteIfExists(log);
    } catch (IOException e) {
      throw new BenchException("cannot delete " + log + ": " + e.getMessage(), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
