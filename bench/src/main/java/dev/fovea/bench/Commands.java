package dev.fovea.bench;

import dev.fovea.bench.python.PythonEnvironment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The command lines of the sides' processes.
 *
 * @param memory Fovea's memory mode
 * @param threads threads per side
 * @param python what runs the peers in Python; null if none of them runs
 */
record Commands(String memory, int threads, @Nullable PythonEnvironment python) {
  private static final String JAVA =
      Path.of(System.getProperty("java.home"), "bin", "java").toString();
  private static final String CLASS_PATH = System.getProperty("java.class.path");

  /** The options of the {@code fovea} launcher. */
  private static final List<String> LAUNCHER =
      List.of(
          "-XX:+UseSerialGC",
          "-Xms128m",
          "-Xmn64m",
          "-XX:-UsePerfData",
          "-Dorg.bytedeco.javacpp.maxBytes=0",
          "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0");

  /**
   * A small heap without collections triggered by native memory: every tensor is closed explicitly.
   */
  private static final List<String> PEER =
      List.of(
          "-Xms64m",
          "-Xmx512m",
          "-XX:+UseSerialGC",
          "-XX:-UsePerfData",
          "-Dorg.bytedeco.javacpp.nopointergc=true",
          "-Dorg.bytedeco.javacpp.maxbytes=0",
          "-Dorg.bytedeco.javacpp.maxphysicalbytes=0");

  /**
   * Fovea's process.
   *
   * @param network its name, or a file with it in 8-bit integers
   */
  List<String> fovea(Comparison.Run run, String network) {
    List<String> command = java(LAUNCHER, FoveaSide.class.getName());
    command.addAll(List.of(run.mode().word(), network, Integer.toString(run.batch())));
    command.addAll(
        List.of(run.foveaPrecision(), memory, Integer.toString(threads), run.foveaConvolution()));
    return command;
  }

  /**
   * A peer's process.
   *
   * @param network the network in the form that the peer takes
   */
  List<String> peer(Peer peer, Comparison.Run run, String network) {
    List<String> command =
        switch (peer.host()) {
          case JVM -> java(PEER, peer.program());
          case PYTHON -> {
            PythonEnvironment environment = Objects.requireNonNull(python, peer.name());
            yield new ArrayList<>(
                List.of(
                    environment.python().toString(),
                    environment.script().toString(),
                    peer.program()));
          }
        };
    command.addAll(List.of(run.mode().word(), network, Integer.toString(run.batch())));
    command.addAll(peer.arguments(threads));
    return command;
  }

  /** A process of Fovea that runs a class of this module with the options of the launcher. */
  static List<String> fovea(Class<?> main, List<String> arguments) {
    List<String> command = java(LAUNCHER, main.getName());
    command.addAll(arguments);
    return command;
  }

  private static List<String> java(List<String> options, String mainClass) {
    List<String> command = new ArrayList<>(List.of(JAVA));
    command.addAll(options);
    command.addAll(List.of("-cp", CLASS_PATH, mainClass));
    return command;
  }
}
