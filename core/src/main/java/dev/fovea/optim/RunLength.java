package dev.fovea.optim;

/**
 * The planned length of a run, which schedules span.
 *
 * @param stepsPerEpoch optimizer steps in one pass over the training images
 * @param totalSteps optimizer steps in the whole run
 */
public record RunLength(long stepsPerEpoch, long totalSteps) {
  /** Checks that both are at least 1. */
  public RunLength {
    OptimException.check(
        stepsPerEpoch >= 1 && totalSteps >= 1,
        "at least one step per epoch and in the run",
        stepsPerEpoch + " and " + totalSteps);
  }

  /** Returns the number of passes over the training images; the last one may be partial. */
  public long epochs() {
    return (totalSteps + stepsPerEpoch - 1) / stepsPerEpoch;
  }
}
