package dev.fovea.logistic;

import java.util.function.BooleanSupplier;

/**
 * When a fit ends.
 *
 * @param iterations the most of them
 * @param gradient the norm of the gradient, as a fraction of that at zero weights, from which the
 *     minimum counts as reached
 * @param asked polled before each iteration
 */
public record Stopping(int iterations, double gradient, BooleanSupplier asked) {
  // Sums in binary32 over a hundred thousand examples are exact to about a millionth.
  private static final double MINIMUM = 1e-4;

  private static final int ITERATIONS = 500;

  /** At the minimum, as far as its answers can tell, or when asked to. */
  public static Stopping atMinimum(BooleanSupplier asked) {
    return new Stopping(ITERATIONS, MINIMUM, asked);
  }
}
