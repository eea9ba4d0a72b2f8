package dev.fovea.spark;

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
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.apache.spark.sql.SparkSession;

/**
 * A standalone cluster of a master and two workers of one core, each a process of its own, with
 * executors whose heap is the smallest that Spark accepts.
 */
final class StandaloneCluster implements AutoCloseable {
  private static final String LOCAL = "127.0.0.1";
  private static final int WORKERS = 2;

  private final Path folder;
  private final String master;
  private final List<Process> processes = new ArrayList<>();
  private final List<Process> workers = new ArrayList<>();

  /** Starts it; logs and everything else go into the folder. */
  StandaloneCluster(Path folder) throws IOException {
    this.folder = folder;
    Path home = home();
    int port = freePort();
    master = "spark://" + LOCAL + ":" + port;
    java(
        folder.resolve("master.log"),
        "256m",
        "org.apache.spark.deploy.master.Master",
        List.of("--host", LOCAL, "--port", "" + port, "--webui-port", "0"));
    for (int i = 0; i < WORKERS; i++) {
      List<String> arguments = new ArrayList<>();
      arguments.addAll(List.of("--host", LOCAL, "--webui-port", "0"));
      arguments.addAll(List.of("--cores", "1", "--memory", "600m", "--work-dir"));
      arguments.add(Files.createDirectories(home.resolve("work" + i)).toString());
      arguments.add(master);
      workers.add(
          java(
              folder.resolve("worker" + i + ".log"),
              "256m",
              "org.apache.spark.deploy.worker.Worker",
              arguments));
    }
  }

  /** The session of a driver on such a cluster. */
  static SparkSession session(String master, String folders) {
    return SparkSession.builder()
        .master(master)
        .appName("fovea-spark cluster test")
        .config("spark.ui.enabled", false)
        .config("spark.driver.host", LOCAL)
        .config("spark.driver.bindAddress", LOCAL)
        .config("spark.executor.memory", "512m")
        .config("spark.executor.cores", 1)
        .config("spark.executor.extraClassPath", folders)
        .config("spark.scheduler.minRegisteredResourcesRatio", 1.0)
        .config("spark.scheduler.maxRegisteredResourcesWaitingTime", "60s")
        .config("spark.cores.max", WORKERS)
        .getOrCreate();
  }

  /**
   * Starts a driver.
   *
   * @param arguments behind the master and the class path of executors
   */
  Process drive(Path log, Class<?> main, List<String> arguments) throws IOException {
    List<String> all = new ArrayList<>(List.of(master, folders()));
    all.addAll(arguments);
    return java(log, "512m", main.getName(), all);
  }

  /** Kills the executor of a worker, which starts another. */
  void killExecutor(int worker) {
    workers.get(worker).descendants().forEach(ProcessHandle::destroyForcibly);
  }

  private static List<String> classPath() {
    return List.of(property("java.class.path").split(File.pathSeparator));
  }

  private static String property(String name) {
    return Objects.requireNonNull(System.getProperty(name), name);
  }

  /** What workers look for their jars in: links to those of this test. */
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

  /** What all processes have said, executors too. */
  String logs() {
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

  /** Ends all processes and removes the links. */
  @Override
  public void close() throws IOException {
    try {
      for (Process process : processes) {
        process.descendants().forEach(ProcessHandle::destroy);
        process.destroy();
        process.waitFor(10, TimeUnit.SECONDS);
      }
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
