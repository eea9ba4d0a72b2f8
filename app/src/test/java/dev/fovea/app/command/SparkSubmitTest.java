package dev.fovea.app.command;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.app.CommandLineRun;
import dev.fovea.train.RunConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code fovea train --spark}, with a script in place of Spark. */
class SparkSubmitTest {
  private static final String JARS = "/jars/fovea-core-1.jar,/jars/fovea-spark_2.13-1.jar,/j/a.jar";

  @TempDir Path folder;

  private String[] line(String... more) {
    List<String> line = new ArrayList<>(List.of("train", "--data", "shapes(size=8,count=300)"));
    line.addAll(List.of("--model", "resnet20", "--input", "16", "--batch", "24", "--seed", "3"));
    line.addAll(List.of("--spark", "spark://host:7077"));
    line.addAll(List.of(more));
    return line.toArray(String[]::new);
  }

  /** Variables that name a {@code spark-submit} which keeps its arguments and does this. */
  private Map<String, String> spark(String does) throws IOException {
    Path home = folder.resolve("spark home");
    Path submit = Files.createDirectories(home.resolve("bin")).resolve("spark-submit");
    Files.writeString(
        submit, "#!/bin/sh\nprintf '%s\\n' \"$@\" >'" + folder + "/arguments'\n" + does + "\n");
    Files.setPosixFilePermissions(submit, PosixFilePermissions.fromString("rwxr-xr-x"));
    return Map.of("SPARK_HOME", home.toString(), "FOVEA_SPARK_JARS", JARS);
  }

  @Test
  void withoutSparkTheSettingsAreWrittenAndTheLineIsSaid() {
    String run = folder.resolve("a $run").toString();
    CommandLineRun said =
        CommandLineRun.of(line("--run", run, "--ranks", "3", "--wire", "bf16", "--deadline", "2m"))
            .succeeds();
    assertThat(said.err()).contains("Spark is not started, since SPARK_HOME is not set");
    assertThat(said.out())
        .startsWith(
            "spark-submit --master spark://host:7077 --class dev.fovea.spark.Train --jars"
                + " $FOVEA_SPARK_JARS ")
        .contains(" --recipe '" + run + "/spark.json' --run '" + run + "' ")
        .endsWith(" --ranks 3 --deadline 2m --wire bf16\n");
    RunConfig written = RunConfig.recipe(run + "/spark.json");
    assertThat(written.learning().batch()).isEqualTo(24);
    assertThat(written.engine().seed()).isEqualTo(3);
  }

  @Test
  void whatSparkCannotDoIsRefused() throws Exception {
    CommandLineRun.of(line()).failsWith(2, "--spark needs --run");
    CommandLineRun.of(line("--run", "r", "--secret-file", "s")).failsWith(2, "leave out --hosts");
    String run = folder.resolve("run").toString();
    Map<String, String> others =
        Map.of("SPARK_HOME", folder.toString(), "FOVEA_SPARK_JARS", "/jars/fovea-core-1.jar");
    CommandLineRun.in(others, line("--run", run))
        .failsWith(1, "FOVEA_SPARK_JARS names no jar fovea-spark_");
    Map<String, String> nowhere =
        Map.of("SPARK_HOME", folder.resolve("no").toString(), "FOVEA_SPARK_JARS", JARS);
    CommandLineRun.in(nowhere, line("--run", run))
        .failsWith(1, "bin/spark-submit cannot be started", "check SPARK_HOME");
  }

  @Test
  void sparkIsStartedAndItsExitCodeReturned() throws Exception {
    Path run = folder.resolve("run");
    Map<String, String> variables = spark("exit 7");
    Path labels = Files.writeString(folder.resolve("labels.csv"), "path,label\n");
    Path relative = Path.of("").toAbsolutePath().relativize(labels);
    CommandLineRun started =
        CommandLineRun.in(
            variables, line("--run", run.toString(), "--set", "data.labels=" + relative));
    assertThat(started.code()).as(started.err()).isEqualTo(7);
    assertThat(Files.readAllLines(folder.resolve("arguments")))
        .containsExactly(
            "--master",
            "spark://host:7077",
            "--class",
            "dev.fovea.spark.Train",
            "--jars",
            "/jars/fovea-core-1.jar,/j/a.jar",
            "/jars/fovea-spark_2.13-1.jar",
            "--recipe",
            run.resolve("spark.json").toString(),
            "--run",
            run.toString(),
            "--data",
            "shapes(size=8,count=300)");
    // Executors have working directories of their own.
    assertThat(RunConfig.recipe(run.resolve("spark.json").toString()).data().labels())
        .isEqualTo(labels.toString());
  }

  @Test
  void aSignalEndsSparkToo() throws Exception {
    Map<String, String> variables =
        spark(
            """
            trap 'kill $!; touch "$0.ended"; exit 143' TERM
            touch "$0.begun"
            sleep 60 & wait
            """);
    List<String> line = new ArrayList<>();
    line.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    line.addAll(List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
    line.add("dev.fovea.app.Main");
    line.addAll(List.of(line("--run", folder.resolve("run").toString())));
    Path errors = folder.resolve("errors.txt");
    ProcessBuilder builder =
        new ProcessBuilder(line)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(errors.toFile());
    builder.environment().putAll(variables);
    Process training = builder.start();
    try {
      Path bin = Path.of(String.valueOf(variables.get("SPARK_HOME")), "bin");
      while (training.isAlive() && !Files.exists(bin.resolve("spark-submit.begun"))) {
        Thread.sleep(10);
      }
      training.toHandle().destroy();
      assertThat(training.waitFor(30, TimeUnit.SECONDS)).as("ended by SIGTERM").isTrue();
      assertThat(training.exitValue()).as(Files.readString(errors)).isEqualTo(143);
      assertThat(bin.resolve("spark-submit.ended")).exists();
    } finally {
      training.destroyForcibly();
    }
  }
}
