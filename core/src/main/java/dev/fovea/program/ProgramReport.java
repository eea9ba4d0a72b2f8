package dev.fovea.program;

import java.util.List;

/**
 * What a backend made of a graph, for {@code --verbose}, {@code bench} and tests.
 *
 * @param backend the backend's name
 * @param channelBlock how many channels of a cell lie side by side in activations: 16 in the order
 *     nChw16c, 1 in planar order
 * @param arenaBytes the one block that all activations and work areas share
 * @param parameterBytes weights, gradients and copies of weights in other formats
 * @param primitives the flat list that a step runs, in order
 */
public record ProgramReport(
    String backend,
    Precision precision,
    int channelBlock,
    long arenaBytes,
    long parameterBytes,
    List<Primitive> primitives) {

  /**
   * One entry of the flat list.
   *
   * @param node the graph's node it belongs to
   * @param kind what it does, for example {@code convolution backward_weights}
   * @param implementation the name the library gives it, for example {@code
   *     brgconv:avx512_core_bf16}
   */
  public record Primitive(String node, String kind, String implementation) {}

  /** Copies the list. */
  public ProgramReport {
    primitives = List.copyOf(primitives);
  }
}
