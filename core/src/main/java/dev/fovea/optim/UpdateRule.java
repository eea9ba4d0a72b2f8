package dev.fovea.optim;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Everything a recipe says about how weights move, apart from the learning rate.
 *
 * @param accumulate the batches whose mean gradient makes one step; batch norm sees each of them
 *     alone
 * @param statistics what batch norms are evaluated with
 */
public record UpdateRule(
    Optimizer optimizer,
    ParameterGroups groups,
    Clipping clipping,
    WeightAverage average,
    int accumulate,
    BatchStatistics statistics) {

  /** Checks the number of batches. */
  public UpdateRule {
    OptimException.check(accumulate >= 1, "at least one batch in a step", accumulate);
  }

  /** One batch in a step, and running statistics. */
  public UpdateRule(
      Optimizer optimizer, ParameterGroups groups, Clipping clipping, WeightAverage average) {
    this(optimizer, groups, clipping, average, 1, BatchStatistics.running());
  }

  /** An optimizer with decay, without clipping or averaging. */
  public static UpdateRule of(Optimizer optimizer, ParameterGroups groups) {
    return new UpdateRule(optimizer, groups, new Clipping.None(), WeightAverage.none());
  }

  /** This with another optimizer. */
  public UpdateRule with(Optimizer optimizer) {
    return new UpdateRule(optimizer, groups, clipping, average, accumulate, statistics);
  }

  /** This with other groups of parameters. */
  public UpdateRule with(ParameterGroups groups) {
    return new UpdateRule(optimizer, groups, clipping, average, accumulate, statistics);
  }

  /** This with averaged weights. */
  public UpdateRule with(WeightAverage average) {
    return new UpdateRule(optimizer, groups, clipping, average, accumulate, statistics);
  }

  /** This with clipped gradients. */
  public UpdateRule with(Clipping clipping) {
    return new UpdateRule(optimizer, groups, clipping, average, accumulate, statistics);
  }

  /** This with other statistics of batch norms. */
  public UpdateRule with(BatchStatistics statistics) {
    return new UpdateRule(optimizer, groups, clipping, average, accumulate, statistics);
  }

  /** This with the mean gradient of so many batches in a step. */
  public UpdateRule accumulating(int batches) {
    return new UpdateRule(optimizer, groups, clipping, average, batches, statistics);
  }

  /** Plain text, numbers and maps, for a recipe. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("optimizer", optimizer.toMap());
    map.put("groups", groups.toMap());
    map.put("clipping", clipping.toMap());
    map.put("average", average.toMap());
    map.put("accumulate", (double) accumulate);
    map.put("statistics", statistics.toMap());
    return map;
  }

  /**
   * The reverse of {@link #toMap}; what is missing gets its default.
   *
   * @throws OptimException if a setting is unknown or out of range
   */
  public static UpdateRule of(Map<String, ?> map) {
    Settings s = new Settings("update rule", map);
    return s.end(
        new UpdateRule(
            Optimizer.of(s.map("optimizer")),
            ParameterGroups.of(s.map("groups")),
            Clipping.of(s.map("clipping")),
            WeightAverage.of(s.map("average")),
            s.whole("accumulate", 1),
            BatchStatistics.of(s.map("statistics"))));
  }
}
