package dev.fovea.program;

import java.util.EnumSet;
import java.util.Set;

/**
 * Options of a compilation.
 *
 * @param batch images per step, N
 * @param memory whether to trade speed for memory
 * @param threads native threads that run one step
 * @param convolution how convolutions are computed
 * @param without disabled optimizations; empty except in tests and benchmarks
 */
public record CompileOptions(
    int batch,
    Precision precision,
    Memory memory,
    int threads,
    ConvolutionAlgorithm convolution,
    Set<Optimization> without) {

  /** How a training program trades memory for time. */
  public enum Memory {
    /** Keep everything the backward pass reads. */
    NORMAL,
    /** Recompute normalized activations in the backward pass instead of keeping them. */
    LOW
  }

  /** Options with all optimizations, and convolutions by the rule. */
  public CompileOptions(int batch, Precision precision, Memory memory, int threads) {
    this(batch, precision, memory, threads, ConvolutionAlgorithm.AUTO, Set.of());
  }

  /** Checks that batch and threads are positive. */
  public CompileOptions {
    if (batch < 1 || threads < 1) {
      throw new IllegalArgumentException(
          "batch and threads must be at least 1, got batch " + batch + " and threads " + threads);
    }
    without = Set.copyOf(without);
  }

  /** These options with one more optimization disabled. */
  public CompileOptions without(Optimization optimization) {
    Set<Optimization> all = EnumSet.of(optimization);
    all.addAll(without);
    return new CompileOptions(batch, precision, memory, threads, convolution, all);
  }

  /** These options for another number of images per step. */
  public CompileOptions withBatch(int images) {
    return new CompileOptions(images, precision, memory, threads, convolution, without);
  }

  /** These options for another number of threads. */
  public CompileOptions withThreads(int number) {
    return new CompileOptions(batch, precision, memory, number, convolution, without);
  }

  /** These options with another algorithm for convolutions. */
  public CompileOptions convolving(ConvolutionAlgorithm by) {
    return new CompileOptions(batch, precision, memory, threads, by, without);
  }

  /** Whether this optimization is enabled. */
  public boolean with(Optimization optimization) {
    return !without.contains(optimization);
  }
}
