package dev.fovea.bench;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A program that Fovea is compared with.
 *
 * @param name the name in the results
 * @param precision the number format it computes in, {@code f32}, {@code bf16} or {@code int8}
 * @param trains whether it trains as well as infers
 * @param host what runs its process
 * @param network in which form its process takes the network
 * @param program its main class in a JVM, its framework in Python
 * @param arguments the words after mode, network and batch
 */
record Peer(
    String name,
    String precision,
    boolean trains,
    Host host,
    Form network,
    String program,
    List<String> arguments) {

  /** What runs the process of a peer. */
  enum Host {
    /** A JVM with this module on its class path. */
    JVM,
    /** The Python of a virtual environment, see {@code bench/python}. */
    PYTHON
  }

  /** In which form a process takes the network. */
  enum Form {
    /** Its name in {@code dev.fovea.bench.net}. */
    NAME,
    /** A file with the list of its layers, for training or for inference. */
    LAYERS,
    /** A file with an ONNX model for inference, for one size of batch. */
    ONNX,
    /** Fovea's own model file in 8-bit integers. */
    QUANTIZED,
    /** What Fovea exports from that: an ONNX model with Q and DQ nodes, for any size of batch. */
    QUANTIZED_ONNX
  }

  /** The precision of quantized networks. */
  static final String INT8 = "int8";

  /** Placeholder for the number of threads among the arguments. */
  private static final String THREADS = "threads";

  static final List<Peer> ALL =
      List.of(
          libtorch("nchw", "f32"),
          libtorch("channels-last", "f32"),
          libtorch("channels-last", "bf16"),
          pytorch("eager", "f32"),
          pytorch("eager", "bf16"),
          pytorch("compiled", "f32"),
          pytorch("compiled", "bf16"),
          new Peer(
              "onnxruntime-f32",
              "f32",
              false,
              Host.JVM,
              Form.ONNX,
              "dev.fovea.bench.onnx.OnnxSide",
              List.of(THREADS)),
          openvino("f32"),
          openvino("bf16"),
          quantized("onnxruntime"),
          quantized("openvino"));

  /**
   * Keeps large tensors in glibc's main arena instead of mapping and unmapping them at every step.
   */
  private static final Map<String, String> ALLOCATOR =
      Map.of(
          "MALLOC_ARENA_MAX", "1",
          "MALLOC_MMAP_THRESHOLD_", "34359738368",
          "MALLOC_TRIM_THRESHOLD_", "68719476736",
          "MALLOC_TOP_PAD_", "268435456");

  private static Peer libtorch(String layout, String precision) {
    return new Peer(
        "libtorch-" + layout + "-" + precision,
        precision,
        true,
        Host.JVM,
        Form.NAME,
        "dev.fovea.bench.torch.TorchSide",
        List.of(layout, precision));
  }

  private static Peer pytorch(String execution, String precision) {
    return new Peer(
        "pytorch-" + execution + "-" + precision,
        precision,
        true,
        Host.PYTHON,
        Form.LAYERS,
        "pytorch-" + execution,
        List.of(THREADS, precision));
  }

  private static Peer openvino(String precision) {
    return new Peer(
        "openvino-" + precision,
        precision,
        false,
        Host.PYTHON,
        Form.ONNX,
        "openvino",
        List.of(THREADS, precision));
  }

  private static Peer quantized(String framework) {
    return new Peer(
        framework + "-" + INT8,
        INT8,
        false,
        Host.PYTHON,
        Form.QUANTIZED_ONNX,
        framework,
        List.of(THREADS, INT8));
  }

  /** Whether this peer computes in a mode. */
  boolean does(Mode mode) {
    return mode == Mode.INFER || trains;
  }

  /** The words after mode, network and batch on the command line of the process. */
  List<String> arguments(int threads) {
    return arguments.stream()
        .map(word -> word.equals(THREADS) ? Integer.toString(threads) : word)
        .toList();
  }

  /** The environment variables of the peer's process. */
  static Map<String, String> environment(boolean tuned, int threads) {
    Map<String, String> environment = new HashMap<>(tuned ? ALLOCATOR : Map.of());
    environment.put("OMP_NUM_THREADS", Integer.toString(threads));
    return environment;
  }
}
