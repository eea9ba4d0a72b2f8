package dev.fovea.bench;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A program that Fovea is compared with.
 *
 * @param name the name in the results
 * @param precision the number format it computes in, {@code f32} or {@code bf16}
 * @param trains whether it trains as well as infers
 * @param mainClass the class of its process
 * @param arguments appended to mode, model and batch on its command line
 */
record Peer(
    String name, String precision, boolean trains, String mainClass, List<String> arguments) {
  private static final String TORCH = "dev.fovea.bench.torch.TorchSide";

  /** Placeholder for the number of threads among the arguments. */
  private static final String THREADS = "threads";

  static final List<Peer> ALL =
      List.of(
          new Peer("libtorch-nchw-f32", "f32", true, TORCH, List.of("nchw", "f32")),
          new Peer(
              "libtorch-channels-last-f32", "f32", true, TORCH, List.of("channels-last", "f32")),
          new Peer(
              "libtorch-channels-last-bf16", "bf16", true, TORCH, List.of("channels-last", "bf16")),
          new Peer(
              "onnxruntime-f32", "f32", false, "dev.fovea.bench.onnx.OnnxSide", List.of(THREADS)));

  /**
   * Keeps large tensors in glibc's main arena instead of mapping and unmapping them at every step.
   */
  private static final Map<String, String> ALLOCATOR =
      Map.of(
          "MALLOC_ARENA_MAX", "1",
          "MALLOC_MMAP_THRESHOLD_", "34359738368",
          "MALLOC_TRIM_THRESHOLD_", "68719476736",
          "MALLOC_TOP_PAD_", "268435456");

  /**
   * A small heap without collections triggered by native memory: every tensor is closed explicitly.
   */
  private static final List<String> JVM =
      List.of(
          "-Xms64m",
          "-Xmx512m",
          "-XX:+UseSerialGC",
          "-XX:-UsePerfData",
          "-Dorg.bytedeco.javacpp.nopointergc=true",
          "-Dorg.bytedeco.javacpp.maxbytes=0",
          "-Dorg.bytedeco.javacpp.maxphysicalbytes=0");

  /** The command line of the peer's process. */
  List<String> command(
      String java, String classPath, Mode mode, String model, int batch, int threads) {
    List<String> command = new ArrayList<>(List.of(java));
    command.addAll(JVM);
    command.addAll(
        List.of("-cp", classPath, mainClass, mode.word(), model, Integer.toString(batch)));
    arguments.forEach(word -> command.add(word.equals(THREADS) ? Integer.toString(threads) : word));
    return command;
  }

  /** The environment variables of the peer's process. */
  static Map<String, String> environment(boolean tuned, int threads) {
    Map<String, String> environment = new HashMap<>(tuned ? ALLOCATOR : Map.of());
    environment.put("OMP_NUM_THREADS", Integer.toString(threads));
    return environment;
  }
}
