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
 * @param typicalBatch the images per step for which algorithms of convolutions are chosen; the bits
 *     of an answer depend on it, and not on {@code batch}, as far as the engine's primitives allow
 */
public record CompileOptions(
    int batch,
    Precision precision,
    Memory memory,
    int threads,
    ConvolutionAlgorithm convolution,
    Set<Optimization> without,
    int typicalBatch) {

  /** How a training program trades memory for time. */
  public enum Memory {
    /** Keep everything the backward pass reads. */
    NORMAL,
    /** Recompute normalized activations in the backward pass instead of keeping them. */
    LOW
  }

  /** Options with all optimizations, and convolutions by the rule. */
  public CompileOptions(int batch, Precision precision, Memory memory, int threads) {
    this(batch, precision, memory, threads, ConvolutionAlgorithm.AUTO, Set.of(), batch);
  }

  /** Checks that batch and threads are positive. */
  public CompileOptions {
    if (batch < 1 || threads < 1 || typicalBatch < 1) {
      throw new IllegalArgumentException(
          "batch, typical batch and threads must be at least 1, got batch "
              + batch
              + ", typical batch "
              + typicalBatch
              + " and threads "
              + threads);
    }
    without = Set.copyOf(without);
  }

  /** These options with one more optimization disabled. */
  public CompileOptions without(Optimization optimization) {
    Set<Optimization> all = EnumSet.of(optimization);
    all.addAll(without);
    return new CompileOptions(batch, precision, memory, threads, convolution, all, typicalBatch);
  }

  /** These options for another number of images per step. */
  public CompileOptions withBatch(int images) {
    return new CompileOptions(images, precision, memory, threads, convolution, without, images);
  }

  /** These options for another number of threads. */
  public CompileOptions withThreads(int number) {
    return new CompileOptions(batch, precision, memory, number, convolution, without, typicalBatch);
  }

  /** These options with another number format. */
  public CompileOptions withPrecision(Precision other) {
    return new CompileOptions(batch, other, memory, threads, convolution, without, typicalBatch);
  }

  /** These options with another algorithm for convolutions. */
  public CompileOptions convolving(ConvolutionAlgorithm by) {
    return new CompileOptions(batch, precision, memory, threads, by, without, typicalBatch);
  }

  /** These options with algorithms chosen as for this number of images per step. */
  public CompileOptions choosingFor(int images) {
    return new CompileOptions(batch, precision, memory, threads, convolution, without, images);
  }

  /** Whether this optimization is enabled. */
  public boolean with(Optimization optimization) {
    return !without.contains(optimization);
  }
}
