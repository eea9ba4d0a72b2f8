package dev.fovea.spark.training;

import java.io.Serializable;

/** What a rank tells the driver at its end. */
sealed interface RankReport extends Serializable {

  /**
   * Rank 0 has trained to the end.
   *
   * @param model the model file
   * @param bestEpoch whose weights it has
   * @param bestTop1 on the validation images
   * @param summary one line
   */
  record Trained(String model, int bestEpoch, double bestTop1, String summary)
      implements RankReport {}

  /** Another rank has trained to the end. */
  record Helped() implements RankReport {}

  /**
   * The run cannot go on, and would fail again.
   *
   * @param reason the first error of every rank that has one
   */
  record Failed(String reason) implements RankReport {}
}
