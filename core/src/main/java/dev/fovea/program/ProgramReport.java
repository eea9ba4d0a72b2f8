package dev.fovea.program;

import java.util.List;

/**
 * Describes what a backend compiled a graph to; for verbose output, benchmarks and tests.
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

  /**
   * One instruction.
   *
   * @param node the graph node it belongs to
   * @param kind what it does, for example {@code convolution backward_weights}
   * @param implementation the library's name for it, for example {@code brgconv:avx512_core_bf16}
   */
  public record Primitive(String node, String kind, String implementation) {}

  /** Copies the list. */
  public ProgramReport {
    primitives = List.copyOf(primitives);
  }
}
