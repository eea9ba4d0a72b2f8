package dev.fovea.app.command;

import dev.fovea.app.console.CommandException;
import dev.fovea.app.console.ExitCode;
import dev.fovea.app.console.Interrupts;
import dev.fovea.app.console.Terminal;
import dev.fovea.app.console.UsageException;
import dev.fovea.checkpoint.AtomicFile;
import dev.fovea.train.RunConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Hands a training to Spark: the flags become a configuration in the run folder, and {@code
 * spark-submit} is run with it, or its line is printed where Spark or Fovea's jars for it are not
 * known. This program itself knows nothing of Spark.
 *
 * @param master as Spark names it
 * @param more arguments behind the configuration
 */
record SparkSubmit(Terminal terminal, String master, List<String> more) {
  private static final String HOME = "SPARK_HOME";
  private static final String JARS = "FOVEA_SPARK_JARS";
  private static final String ARTIFACT = "fovea-spark_";
  private static final String FILE = "spark.json";

  /** Runs it and returns its exit code. */
  int train(RunConfig resolved) {
    // Executors have other working directories, and so may the driver.
    RunConfig config = resolved.withAbsolutePaths();
    if (config.output().folder().isEmpty()) {
      throw new UsageException(
          "--spark needs --run: a folder that the driver and all executors see under this path");
    }
    Path folder = Path.of(config.output().folder()).toAbsolutePath().normalize();
    Path file = write(config, folder);
    String home = variable(HOME);
    String jars = variable(JARS);
    List<String> line = line(config, folder, file, home, jars);
    if (home == null || jars == null) {
      terminal.note(
          "the settings are in "
              + file
              + "; Spark is not started, since "
              + (home == null ? HOME : JARS)
              + " is not set (docs/spark.md says how to get the jars). This is the command:");
      terminal.result(line.stream().map(SparkSubmit::quoted).collect(Collectors.joining(" ")));
      return ExitCode.DONE;
    }
    return run(line);
  }

  private @Nullable String variable(String name) {
    String value = terminal.variable(name);
    return value == null || value.isBlank() ? null : value;
  }

  private static Path write(RunConfig config, Path folder) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Path file = folder.resolve(FILE);
    AtomicFile.write(file, config.toJson());
    return file;
  }

  private List<String> line(
      RunConfig config, Path folder, Path file, @Nullable String home, @Nullable String jars) {
    List<String> line = new ArrayList<>();
    line.add(home == null ? "spark-submit" : Path.of(home, "bin", "spark-submit").toString());
    line.addAll(List.of("--master", master, "--class", "dev.fovea.spark.Train"));
    String own = jars == null ? "PATH/" + ARTIFACT + "2.13-VERSION.jar" : own(jars);
    line.addAll(List.of("--jars", jars == null ? "$" + JARS : without(own, jars), own));
    line.addAll(List.of("--recipe", file.toString(), "--run", folder.toString()));
    line.addAll(List.of("--data", config.data().source()));
    if (config.output().resume()) {
      line.add("--resume");
    }
    line.addAll(more);
    return line;
  }

  private static String own(String jars) {
    return Arrays.stream(jars.split(","))
        .filter(jar -> String.valueOf(Path.of(jar).getFileName()).startsWith(ARTIFACT))
        .findFirst()
        .orElseThrow(
            () ->
                new CommandException(
                    JARS
                        + " names no jar "
                        + ARTIFACT
                        + "2.13-...; it holds the paths of all jars that docs/spark.md makes, with"
                        + " commas between"));
  }

  // Spark adds the program's own jar by itself.
  private static String without(String own, String jars) {
    return Arrays.stream(jars.split(","))
        .filter(jar -> !jar.equals(own))
        .collect(Collectors.joining(","));
  }

  private static String quoted(String word) {
    boolean plain = word.matches("[\\w./:,=@%+-]+") || word.equals("$" + JARS);
    return plain ? word : "'" + word.replace("'", "'\\''") + "'";
  }

  private static int run(List<String> line) {
    CompletableFuture<Process> started = new CompletableFuture<>();
    // Whoever ends this program means the training, which would go on without it.
    Runnable end =
        () -> {
          CompletableFuture<Void> unused = started.thenAccept(Process::destroy);
        };
    try (Interrupts interrupts = new Interrupts(end)) {
      Process submit = new ProcessBuilder(line).inheritIO().start();
      started.complete(submit);
      return submit.waitFor();
    } catch (IOException e) {
      throw new CommandException(
          line.get(0) + " cannot be started (" + e.getMessage() + "); check " + HOME, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandException("interrupted while Spark trains; its driver may go on", e);
    }
  }
}
