package dev.fovea.program;

import java.util.EnumSet;
import java.util.Set;

/**
 * What a program is compiled for.
 *
 * @param batch images per step, N
 * @param memory whether to save memory at the cost of speed
 * @param threads native threads of one step
 * @param without what is left out of all that would make the program cheaper; empty but in tests
 *     and measurements
 */
public record CompileOptions(
    int batch, Precision precision, Memory memory, int threads, Set<Optimization> without) {

  /** How the training program trades memory for time. */
  public enum Memory {
    /** Keep what the backward pass reads. */
    NORMAL,
    /** Compute normalised activations again in the backward pass instead of keeping them. */
    LOW
  }

  /** With everything that makes the program cheaper. */
  public CompileOptions(int batch, Precision precision, Memory memory, int threads) {
    this(batch, precision, memory, threads, Set.of());
  }

  /** Checks that batch and threads are positive. */
  public CompileOptions {
    if (batch < 1 || threads < 1) {
      throw new IllegalArgumentException(
          "batch and threads must be at least 1, got batch " + batch + " and threads " + threads);
    }
    without = Set.copyOf(without);
  }

  /** These options without one optimisation more. */
  public CompileOptions without(Optimization optimization) {
    Set<Optimization> all = EnumSet.of(optimization);
    all.addAll(without);
    return new CompileOptions(batch, precision, memory, threads, all);
  }

  /** Whether the program is to have this optimisation. */
  public boolean with(Optimization optimization) {
    return !without.contains(optimization);
  }
}
