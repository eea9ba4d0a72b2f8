package dev.fovea.program;

import java.util.List;

/**
 * Describes what a backend compiled a graph to: memory, and the instructions of a step with their
 * implementations; for verbose output, benchmarks and tests.
 *
 * @param backend the backend's name
 * @param channelBlock how many channels of a cell are adjacent in activations: 16 in nChw16c
 *     layout, 1 in planar layout
 * @param arenaBytes size of the arena that all activations and scratchpads share
 * @param parameterBytes size of weights, gradients and copies of weights in other formats
 * @param primitives the instructions of a step, in order
 */
public record ProgramReport(
    String backend,
    Precision precision,
    int channelBlock,
    long arenaBytes,
    long parameterBytes,
    List<Primitive> primitives) {

  /** The {@link Primitive#algorithm} of convolutions that are computed by their definition. */
  public static final String DIRECT = "direct";

  private static final String WINOGRAD = "winograd";

  /**
   * One instruction.
   *
   * @param node the graph node it belongs to
   * @param kind what it does, for example {@code convolution backward_weights}
   * @param implementation what computes it: the library's name for its code, for example {@code
   *     brgconv:avx512_core_bf16}; {@code java}; or, of a convolution by another algorithm than its
   *     definition, that {@link #algorithm}, for example {@code winograd F(4x4,3x3) f32}
   */
  public record Primitive(String node, String kind, String implementation) {
    private static final String CONVOLUTION = "convolution";

    /** Whether it computes a convolution or one of its gradients. */
    public boolean convolves() {
      return kind.startsWith(CONVOLUTION);
    }

    /**
     * The algorithm of a convolution: {@code direct}, or a fast one with its tile and number
     * format, for example {@code winograd F(4x4,3x3) f32}; of what such an algorithm prepares, its
     * name.
     */
    public String algorithm() {
      return implementation.startsWith(WINOGRAD) ? implementation : DIRECT;
    }
  }

  /** Copies the list. */
  public ProgramReport {
    primitives = List.copyOf(primitives);
  }
}
