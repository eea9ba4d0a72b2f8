package dev.fovea.optim;

/**
 * How long a run is planned to be; what schedules stretch over.
 *
 * @param stepsPerEpoch updates of one pass over the training images
 * @param totalSteps updates of the whole run
 */
public record RunLength(long stepsPerEpoch, long totalSteps) {
  /** Checks that both are at least 1. */
  public RunLength {
    OptimException.check(
        stepsPerEpoch >= 1 && totalSteps >= 1,
        "at least one step in an epoch and in the run",
        stepsPerEpoch + " and " + totalSteps);
  }

  /** Passes over the training images, the last perhaps begun only. */
  public long epochs() {
    return (totalSteps + stepsPerEpoch - 1) / stepsPerEpoch;
  }
}
