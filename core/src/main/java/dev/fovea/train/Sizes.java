package dev.fovea.train;

import dev.fovea.program.ProgramReport;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A look at all sizes of pictures that a run will train on, before its first step: one that cannot
 * be compiled, or for which there is no memory, must not show after hours.
 */
final class Sizes {
  private final Stage.Common common;
  private final boolean timed;
  private final Map<Integer, Double> seconds = new HashMap<>();
  private @Nullable ProgramReport largest;

  /**
   * A look that has yet to be taken.
   *
   * @param timed whether {@link #seconds} will be asked
   */
  Sizes(Stage.Common common, boolean timed) {
    this.common = common;
    this.timed = timed;
  }

  /**
   * Opens a stage of each size but {@code first}, one after the other, and returns {@code first}.
   */
  int rehearsed(int first) {
    RunConfig.Network network = common.config().network();
    for (int side : network.progressive().sides(common.preprocessing().width())) {
      if (side != first) {
        try (Stage stage = Stage.open(common, side)) {
          largest(stage);
        }
      }
    }
    return first;
  }

  /** The step that takes the most memory, of those that were looked at and this one. */
  ProgramReport largest(Stage stage) {
    int side = stage.side();
    if (timed) {
      Pace pace = new Pace(common.graph(side).inputShape(), common.train().classes().size());
      seconds.put(side, pace.training(stage.program(), common.config().learning().batch()));
    }
    ProgramReport report = stage.program().report();
    if (largest == null || report.arenaBytes() > largest.arenaBytes()) {
      largest = report;
    }
    return largest;
  }

  /** What a step on pictures of this side takes. */
  double seconds(int side) {
    return Objects.requireNonNull(seconds.get(side));
  }
}
