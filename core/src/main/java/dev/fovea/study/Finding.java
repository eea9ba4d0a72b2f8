package dev.fovea.study;

/**
 * A criterion with what was measured.
 *
 * @param measured NaN where the runs gave no such number, for example because they diverged
 */
public record Finding(Criterion criterion, double measured) {
  /** Whether it supports the claim. */
  public boolean holds() {
    return criterion.holds(measured);
  }
}
