package dev.fovea.train;

import dev.fovea.optim.BatchStatistics;
import dev.fovea.optim.RunLength;
import dev.fovea.optim.UpdateRule;
import java.util.List;

/**
 * When a run is evaluated, with which batch-norm statistics, and when it stops early.
 *
 * @param every epochs between evaluations; the last epoch is always evaluated
 * @param patience epochs without a better validation top-1 after which the run stops; 0 for never
 */
record EvaluationPolicy(int every, int patience, UpdateRule update, RunLength length) {

  static EvaluationPolicy of(TrainingSetup setup, RunLength length) {
    RunConfig.Output o = setup.config().output();
    return new EvaluationPolicy(o.evaluateEvery(), o.patience(), setup.update(), length);
  }

  /** Whether the epoch that ends at this position is evaluated. */
  boolean isDue(Position at) {
    return (at.epoch() + 1) % every == 0 || at.step() >= length.totalSteps();
  }

  /** Returns the number of evaluations in the whole run. */
  long evaluations() {
    return (length.epochs() + every - 1) / every;
  }

  /**
   * Whether the latest epoch was evaluated and the best one is at least {@code patience} epochs
   * ago.
   */
  boolean isOutOfPatience(Position at, List<EpochRow> history) {
    if (patience == 0 || at.batch() > 0 || history.isEmpty()) {
      return false;
    }
    EpochRow last = history.get(history.size() - 1);
    return last.epoch() == at.epoch()
        && last.val().isPresent()
        && at.epoch() - at.bestEpoch() >= patience;
  }

  /**
   * Re-estimates batch-norm statistics for the weights to be evaluated, if running statistics do
   * not fit them; the result is the same on all ranks.
   *
   * @return false if a rank was interrupted
   */
  boolean prepare(TrainingSetup setup, CompiledPhase phase, Position at, Ranks ranks) {
    BatchStatistics statistics = update.statistics();
    boolean needed =
        switch (statistics.kind()) {
          case POPULATION -> true;
          case RUNNING -> update.average().needsStatistics(at.epoch(), length);
          case FROZEN -> false;
        };
    if (!needed) {
      return true;
    }
    phase.updater().swapAverage();
    try {
      return PopulationStatistics.estimate(
          phase.program(),
          phase.training(),
          at.epoch(),
          statistics.batches(),
          setup::observationSeed,
          ranks);
    } finally {
      phase.updater().swapAverage();
    }
  }
}
