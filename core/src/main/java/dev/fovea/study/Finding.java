package dev.fovea.study;

/**
 * A criterion and its measured value.
 *
 * @param measured NaN if the runs did not yield the number, for example because they diverged
 */
public record Finding(Criterion criterion, double measured) {
  /** Whether the value supports the claim. */
  public boolean holds() {
    return criterion.holds(measured);
  }
}
