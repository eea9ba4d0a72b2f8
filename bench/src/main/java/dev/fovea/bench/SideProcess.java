package dev.fovea.bench;

import dev.fovea.bench.load.LinuxProcess;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A side in its own process, as the driver sees it: implements the protocol of {@link Turns} and
 * reads CPU time and memory from {@code /proc}. Linux only.
 */
final class SideProcess implements Side {
  private final String name;
  private final Process process;
  private final BufferedReader answers;
  private final BufferedWriter orders;
  private final LinuxProcess figures;

  private SideProcess(String name, Process process) {
    this.name = name;
    this.process = process;
    this.answers =
        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
    this.orders =
        new BufferedWriter(
            new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
    this.figures = new LinuxProcess(name, Long.parseLong(answer("ready ")));
  }

  /**
   * Starts a process and waits until it is ready.
   *
   * @param environment variables added to the driver's environment
   * @throws BenchException if the command cannot be started or ends before it is ready
   */
  static SideProcess start(String name, List<String> command, Map<String, String> environment) {
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT);
    builder.environment().putAll(environment);
    try {
      return new SideProcess(name, builder.start());
    } catch (IOException e) {
      throw new BenchException(
          "cannot start " + name + ": " + e.getMessage() + "; command: " + command, e);
    }
  }

  @Override
  public String name() {
    return name;
  }

  /** This side doing steps of one kind; closing it closes this side. */
  Side on(String kind) {
    return new OneKind(this, kind);
  }

  /** A view of a process that has several kinds of steps. */
  private record OneKind(SideProcess process, String kind) implements Side {
    @Override
    public String name() {
      return process.name();
    }

    @Override
    public double run(int steps) {
      process.tell("on " + kind);
      return process.run(steps);
    }

    @Override
    public void rest() {
      process.rest();
    }

    @Override
    public long peakResident() {
      return process.peakResident();
    }

    @Override
    public void close() {
      process.close();
    }
  }

  @Override
  public double run(int steps) {
    tell("go " + steps);
    return Double.parseDouble(answer("seconds "));
  }

  @Override
  public void rest() {
    figures.rest();
  }

  @Override
  public long peakResident() {
    return figures.peakResident();
  }

  @Override
  public void close() {
    try {
      tell("end");
      if (!process.waitFor(10, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (BenchException e) {
      process.destroyForcibly();
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }

  private void tell(String line) {
    try {
      orders.write(line);
      orders.newLine();
      orders.flush();
    } catch (IOException e) {
      throw new BenchException(
          name + " no longer reads its input: " + e.getMessage() + ending(), e);
    }
  }

  private String answer(String key) {
    try {
      for (String line = answers.readLine(); line != null; line = answers.readLine()) {
        if (line.startsWith(key)) {
          return line.substring(key.length()).trim();
        }
      }
    } catch (IOException e) {
      throw new BenchException("cannot read from " + name + ": " + e.getMessage() + ending(), e);
    }
    throw new BenchException(name + " ended without '" + key + "'" + ending());
  }

  private String ending() {
    try {
      return process.waitFor(5, TimeUnit.SECONDS)
          ? " (exit code " + process.exitValue() + "; its output is above)"
          : "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }
}
