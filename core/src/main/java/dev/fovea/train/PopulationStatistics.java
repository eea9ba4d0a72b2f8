package dev.fovea.train;

import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.Loader;
import dev.fovea.program.TrainingProgram;
import java.util.function.BooleanSupplier;
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
   * @return false if {@code stop} returned true; the statistics are then incomplete
   */
  static boolean estimate(
      TrainingProgram program,
      Loader training,
      int epoch,
      int batches,
      LongUnaryOperator dropoutSeed,
      BooleanSupplier stop) {
    try (Loader.Batches all = training.epoch(epoch, 0)) {
      for (int k = 1; k <= batches && all.hasNext(); k++) {
        if (stop.getAsBoolean()) {
          return false;
        }
        try (Batch batch = all.next()) {
          program.observe(batch.pixels(), dropoutSeed.applyAsLong(k), 1.0 / k);
        }
      }
    }
    return true;
  }
}
