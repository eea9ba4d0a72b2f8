package dev.fovea.train;

import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.Loader;
import dev.fovea.program.StepExchange;
import dev.fovea.program.TrainingProgram;
import java.util.Optional;
import java.util.function.LongUnaryOperator;

/**
 * Estimates batch-norm statistics over training batches with fixed weights (Ioffe and Szegedy 2015,
 * algorithm 2). Averaged weights need them, and the paper evaluates with them.
 */
final class PopulationStatistics {
  private PopulationStatistics() {}

  /**
   * Replaces the running statistics of {@code program} with means over batches: the mean of the
   * batch means, and the mean of the batch variances times m/(m-1).
   *
   * @param epoch whose order of training batches is used, from its first batch
   * @param batches the number of batches, at most one epoch
   * @param dropoutSeed the seed by batch number, counted from 1; dropout is active as in training
   * @param ranks over which the means are taken; each observes its parts of the batches
   * @return false if a rank was interrupted; the statistics are then incomplete
   */
  static boolean estimate(
      TrainingProgram program,
      Loader training,
      int epoch,
      int batches,
      LongUnaryOperator dropoutSeed,
      Ranks ranks) {
    Optional<GradientExchange> exchange =
        ranks.exchange().map(thread -> new GradientExchange(thread, program, 1));
    StepExchange sums = exchange.isPresent() ? exchange.get() : StepExchange.NONE;
    try (SharedBatches all = new SharedBatches(training, epoch, 0, ranks)) {
      int k = 1;
      for (; k <= batches && all.hasNext() && !ranks.wish(Ranks.Wish.INTERRUPT); k++) {
        try (Batch batch = next(all, exchange, ranks)) {
          program.observe(batch.pixels(), dropoutSeed.applyAsLong(k), 1.0 / k, sums);
        }
      }
      exchange.ifPresent(GradientExchange::averageStatistics);
      return k > batches || !all.hasNext();
    }
  }

  // If no rank has a next batch, the statistics are still the same on all of them.
  private static Batch next(SharedBatches all, Optional<GradientExchange> exchange, Ranks ranks) {
    try {
      return all.next();
    } catch (RuntimeException e) {
      if (ranks.isShared(e)) {
        exchange.ifPresent(GradientExchange::averageStatistics);
      }
      throw e;
    }
  }
}
