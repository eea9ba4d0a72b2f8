package dev.fovea.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A standalone cluster of a master and two workers, each a process of its own, with executors whose
 * heap is the smallest that Spark accepts.
 */
class ClusterTest {
  private static final int PHOTOS = 12;
  private static final String LOCAL = "127.0.0.1";

  @TempDir private static Path folder;

  private final List<Process> processes = new ArrayList<>();

  /** The driver: scores photos and prints what came of them, and where. */
  public static final class Driver {
    private Driver() {}

    /** Takes master, model, photos, and the class path of executors. */
    public static void main(String[] args) throws IOException {
      try (SparkSession spark =
          SparkSession.builder()
              .master(args[0])
              .appName("fovea-spark cluster test")
              .config("spark.ui.enabled", false)
              .config("spark.driver.host", LOCAL)
              .config("spark.driver.bindAddress", LOCAL)
              .config("spark.executor.memory", "512m")
              .config("spark.executor.cores", 1)
              .config("spark.executor.extraClassPath", args[3])
              .config("spark.scheduler.minRegisteredResourcesRatio", 1.0)
              .config("spark.scheduler.maxRegisteredResourcesWaitingTime", "60s")
              .config("spark.cores.max", 2)
              .getOrCreate()) {
        Dataset<Row> files =
            spark.read().format("binaryFile").load(args[2]).repartition(4).persist();
        Dataset<Row> scored =
            new FoveaClassifier()
                .setModel(args[1])
                .setPrecision("f32")
                .transform(files)
                .select("path", "prediction", "probability", "reason");
        for (Row row : scored.collectAsList()) {
          System.out.println(
              "row "
                  + Path.of(row.getString(0)).getFileName()
                  + " "
                  + row.getString(1)
                  + " "
                  + row.getDouble(2)
                  + " "
                  + row.getString(3));
        }
        System.out.println(
            "executors " + (spark.sparkContext().getExecutorMemoryStatus().size() - 1));
      }
    }
  }

  @AfterEach
  void endProcesses() throws Exception {
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroy);
      process.destroy();
      process.waitFor(10, TimeUnit.SECONDS);
    }
    try (DirectoryStream<Path> links = Files.newDirectoryStream(folder.resolve("home/jars"))) {
      for (Path link : links) {
        Files.delete(link);
      }
    }
  }

  private static List<String> classPath() {
    return List.of(property("java.class.path").split(File.pathSeparator));
  }

  private static String property(String name) {
    return Objects.requireNonNull(System.getProperty(name), name);
  }

  /** What workers look for their jars in: links to those of this test. */
  private static Path home() throws IOException {
    Path home = folder.resolve("home");
    Path jars = Files.createDirectories(home.resolve("jars"));
    for (String entry : classPath()) {
      if (entry.endsWith(".jar")) {
        Path jar = Path.of(entry);
        Files.createSymbolicLink(jars.resolve(jar.getFileName()), jar);
      }
    }
    return home;
  }

  private static String folders() {
    return String.join(
        File.pathSeparator, classPath().stream().filter(e -> !e.endsWith(".jar")).toList());
  }

  private Process java(Path log, String memory, String main, List<String> arguments)
      throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(property("java.home"), "bin", "java").toString());
    command.add("-Xmx" + memory);
    command.addAll(List.of(property("fovea.spark.jvm").split(" ")));
    command.addAll(List.of("-cp", property("java.class.path"), main));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("SPARK_HOME", folder.resolve("home").toString());
    // Or workers look for it in the folders of a build of Spark.
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("SPARK_LOCAL_IP", LOCAL);
    Process process = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
    processes.add(process);
    return process;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  @Test
  void aModelOfNearlyTheSizeOfTheHeapAnswersInEveryExecutor() throws Exception {
    Path model = Fixtures.model(folder, "resnet50", 1);
    assertThat(Files.size(model)).isGreaterThan(90_000_000);
    Path photos = Fixtures.photos(folder.resolve("photos"), PHOTOS);
    Path home = home();
    int port = freePort();
    String master = "spark://" + LOCAL + ":" + port;
    java(
        folder.resolve("master.log"),
        "256m",
        "org.apache.spark.deploy.master.Master",
        List.of("--host", LOCAL, "--port", "" + port, "--webui-port", "0"));
    for (int i = 0; i < 2; i++) {
      java(
          folder.resolve("worker" + i + ".log"),
          "256m",
          "org.apache.spark.deploy.worker.Worker",
          List.of(
              "--host",
              LOCAL,
              "--webui-port",
              "0",
              "--cores",
              "1",
              "--memory",
              "600m",
              "--work-dir",
              Files.createDirectories(home.resolve("work" + i)).toString(),
              master));
    }
    Path log = folder.resolve("driver.log");
    Process driver =
        java(
            log,
            "512m",
            Driver.class.getName(),
            List.of(master, model.toString(), photos.toString(), folders()));

    assertThat(driver.waitFor(3, TimeUnit.MINUTES)).as(() -> "the driver ends; " + logs()).isTrue();

    List<String> lines = Files.readAllLines(log);
    assertThat(driver.exitValue()).as(() -> logs()).isZero();
    assertThat(lines).contains("executors 2");
    Map<String, String> answers = new TreeMap<>();
    for (String line : lines) {
      if (line.startsWith("row ")) {
        String[] words = line.split(" ", 3);
        answers.put(words[1], words[2]);
      }
    }
    assertThat(answers).isEqualTo(expected(model, photos));
  }

  /** What all processes have said, executors too. */
  private static String logs() {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted().toList()) {
        if (file.toString().endsWith(".log") || file.endsWith("stderr")) {
          all.append(file).append(":\n").append(Files.readString(file)).append('\n');
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all.toString();
  }

  private static Map<String, String> expected(Path model, Path photos) {
    Map<String, String> answers = new TreeMap<>();
    Dataset<Row> files = LocalSpark.session().read().format("binaryFile").load(photos.toString());
    for (Row row :
        new FoveaClassifier()
            .setModel(model.toString())
            .setPrecision("f32")
            .transform(files)
            .select("path", "prediction", "probability", "reason")
            .collectAsList()) {
      answers.put(
          String.valueOf(Path.of(row.getString(0)).getFileName()),
          row.getString(1) + " " + row.getDouble(2) + " " + row.getString(3));
    }
    return answers;
  }
}
