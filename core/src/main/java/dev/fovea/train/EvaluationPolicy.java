package dev.fovea.train;

import dev.fovea.optim.BatchStatistics;
import dev.fovea.optim.RunLength;
import dev.fovea.optim.UpdateRule;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * When a run is evaluated, with which statistics of batch norm, and when it has waited too long for
 * a better result.
 *
 * @param every epochs from one evaluation to the next; the last epoch always ends with one
 * @param patience epochs without a better validation top-1 after which the run stops; 0 for never
 */
record EvaluationPolicy(int every, int patience, UpdateRule update, RunLength length) {

  static EvaluationPolicy of(TrainingSetup setup, RunLength length) {
    RunConfig.Output o = setup.config().output();
    return new EvaluationPolicy(o.evaluateEvery(), o.patience(), setup.update(), length);
  }

  /** Whether the epoch that ends {@code at} is evaluated. */
  boolean isDue(Position at) {
    return (at.epoch() + 1) % every == 0 || at.step() >= length.totalSteps();
  }

  /** Evaluations of the whole run. */
  long evaluations() {
    return (length.epochs() + every - 1) / every;
  }

  /** Whether the epoch that ends the history was evaluated and the best one is too long ago. */
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
   * Makes the statistics of batch norms fit the weights that are evaluated next, where running ones
   * do not.
   *
   * @return false if {@code stop} said to give up
   */
  boolean prepare(TrainingSetup setup, CompiledPhase phase, Position at, BooleanSupplier stop) {
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
    phase.updater().exchange();
    try {
      return PopulationStatistics.estimate(
          phase.program(),
          phase.training(),
          at.epoch(),
          statistics.batches(),
          k -> setup.dropoutSeed(-k),
          stop);
    } finally {
      phase.updater().exchange();
    }
  }
}
