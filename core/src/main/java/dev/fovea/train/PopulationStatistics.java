package dev.fovea.train;

import dev.fovea.data.loader.Batch;
import dev.fovea.data.loader.Loader;
import dev.fovea.program.TrainingProgram;
import java.util.function.BooleanSupplier;
import java.util.function.LongUnaryOperator;

/**
 * Batch norm's statistics over training batches with the weights as they are (Ioffe and Szegedy
 * 2015, algorithm 2): what weights need that were averaged, and what the paper evaluates with.
 */
final class PopulationStatistics {
  private PopulationStatistics() {}

  /**
   * Replaces the running statistics of {@code program}'s weights by the means over batches: of the
   * batches' means, and of their variances times m/(m-1).
   *
   * @param epoch whose order of training batches is used, from its beginning
   * @param batches how many; at most the epoch's
   * @param dropoutSeed of the batch of a number; dropout is at work as in training
   * @return false if it was given up because {@code stop} said so; the statistics are then
   *     unfinished
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
