package dev.fovea.spark;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/**
 * A driver that is a process, with a standalone cluster in it whose two executors are processes of
 * one core each, and of the smallest heap that Spark accepts.
 */
final class ExecutorProcesses implements AutoCloseable {
  private static final String LOCAL = "127.0.0.1";
  private static final int EXECUTORS = 2;
  private static final int HEAP_MIB = 512;
  private static final long POLL_MILLIS = 20;

  private final Path folder;
  private final Path log;
  private final Process driver;

  /**
   * Starts the driver; its log and everything else goes into the folder.
   *
   * @param main a program that begins by {@link #session} with its first argument
   * @param arguments behind that one
   */
  ExecutorProcesses(Path folder, Class<?> main, List<String> arguments) throws IOException {
    this.folder = folder;
    this.log = folder.resolve("driver.log");
    Path home = home();
    List<String> command = new ArrayList<>();
    command.add(Path.of(property("java.home"), "bin", "java").toString());
    command.add("-Xmx" + HEAP_MIB + "m");
    command.addAll(List.of(property("fovea.spark.jvm").split(" ")));
    command.addAll(List.of("-cp", property("java.class.path"), main.getName(), folders()));
    command.addAll(arguments);
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("SPARK_HOME", home.toString());
    // Or executors are looked for in the folders of a build of Spark.
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("SPARK_LOCAL_IP", LOCAL);
    driver = builder.redirectErrorStream(true).redirectOutput(log.toFile()).start();
  }

  /** The session of such a driver, with the class path of executors that it was given. */
  static SparkSession session(String folders) {
    return SparkSession.builder()
        .master("local-cluster[" + EXECUTORS + ",1," + HEAP_MIB + "]")
        .appName("fovea-spark cluster test")
        .config("spark.ui.enabled", false)
        .config("spark.driver.host", LOCAL)
        .config("spark.driver.bindAddress", LOCAL)
        .config("spark.executor.instances", EXECUTORS)
        .config("spark.executor.memory", HEAP_MIB + "m")
        .config("spark.executor.cores", 1)
        .config("spark.executor.extraClassPath", folders)
        .config("spark.scheduler.minRegisteredResourcesRatio", 1.0)
        .config("spark.scheduler.maxRegisteredResourcesWaitingTime", "60s")
        // Or one executor may get all tasks, being where their data is.
        .config("spark.locality.wait", 0)
        .getOrCreate();
  }

  /** Lets the driver go on that waits with {@link #awaitWord}, now or later. */
  void giveWord() throws IOException {
    try (OutputStream input = driver.getOutputStream()) {
      input.write('\n');
    }
  }

  /** In the driver: waits until it is told to go on. */
  static void awaitWord() throws IOException {
    if (System.in.read() < 0) {
      throw new IllegalStateException("the test has ended");
    }
  }

  /** Kills one executor, in whose place the cluster starts another. */
  void killExecutor() {
    driver.children().findFirst().orElseThrow().destroyForcibly();
  }

  /** Waits until something holds, or the driver has ended. */
  void until(Callable<Boolean> holds) throws Exception {
    boolean ended = false;
    while (!ended && !holds.call()) {
      ended = driver.waitFor(POLL_MILLIS, TimeUnit.MILLISECONDS);
    }
  }

  /** The exit code of the driver, when it has ended. */
  int exitCode() throws InterruptedException {
    return driver.waitFor();
  }

  /** What the driver has said so far. */
  List<String> lines() throws IOException {
    return Files.readAllLines(log);
  }

  private static List<String> classPath() {
    return List.of(property("java.class.path").split(File.pathSeparator));
  }

  private static String property(String name) {
    return Objects.requireNonNull(System.getProperty(name), name);
  }

  /** Where executors get their jars: links to those of this test. */
  private Path home() throws IOException {
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

  /** What all processes have said. */
  String logs() {
    StringBuilder all = new StringBuilder();
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted().toList()) {
        if (file.equals(log) || file.endsWith("stderr")) {
          all.append(file).append(":\n").append(Files.readString(file)).append('\n');
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all.toString();
  }

  /** Ends all processes and removes the links. */
  @Override
  public void close() throws IOException {
    List<ProcessHandle> executors = driver.descendants().toList();
    driver.destroyForcibly();
    executors.forEach(ProcessHandle::destroyForcibly);
    try {
      driver.waitFor(10, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    try (DirectoryStream<Path> links = Files.newDirectoryStream(folder.resolve("home/jars"))) {
      for (Path link : links) {
        Files.delete(link);
      }
    }
  }
}
