package dev.fovea.reference;

/**
 * What the interpreter exchanges with that of other ranks: {@link
 * dev.fovea.program.StepExchange#sum} in float64.
 */
@FunctionalInterface
public interface ReferenceExchange {
  /** A step that is computed on one rank alone. */
  ReferenceExchange NONE = values -> {};

  /** Replaces values by their sums over all ranks before it returns. */
  void sum(double[] values);
}
