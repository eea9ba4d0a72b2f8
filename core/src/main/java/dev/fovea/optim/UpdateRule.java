package dev.fovea.optim;

import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How weights are updated: everything a recipe specifies except the learning rate.
 *
 * @param accumulate gradient accumulation: batches whose mean gradient makes one step; batch
 *     normalization sees each batch separately
 * @param statistics the batch-norm statistics used in evaluation
 * @param lookahead the slow weights to which the optimizer returns
 */
public record UpdateRule(
    Optimizer optimizer,
    ParameterGroups groups,
    Clipping clipping,
    WeightAverage average,
    int accumulate,
    BatchStatistics statistics,
    Lookahead lookahead) {

  /** Checks the number of batches. */
  public UpdateRule {
    OptimException.check(accumulate >= 1, "at least one batch per step", accumulate);
  }

  /** Creates a rule with one batch per step and running statistics. */
  public UpdateRule(
      Optimizer optimizer, ParameterGroups groups, Clipping clipping, WeightAverage average) {
    this(optimizer, groups, clipping, average, 1, BatchStatistics.running(), Lookahead.none());
  }

  /** Returns an optimizer with weight decay, without clipping or averaging. */
  public static UpdateRule of(Optimizer optimizer, ParameterGroups groups) {
    return new UpdateRule(optimizer, groups, new Clipping.None(), WeightAverage.none());
  }

  /** Returns a copy with this optimizer. */
  public UpdateRule with(Optimizer optimizer) {
    return new UpdateRule(optimizer, groups, clipping, average, accumulate, statistics, lookahead);
  }

  /** Returns a copy with these parameter groups. */
  public UpdateRule with(ParameterGroups groups) {
    return new UpdateRule(optimizer, groups, clipping, average, accumulate, statistics, lookahead);
  }

  /** Returns a copy with this weight average. */
  public UpdateRule with(WeightAverage average) {
    return new UpdateRule(optimizer, groups, clipping, average, accumulate, statistics, lookahead);
  }

  /** Returns a copy with this gradient clipping. */
  public UpdateRule with(Clipping clipping) {
    return new UpdateRule(optimizer, groups, clipping, average, accumulate, statistics, lookahead);
  }

  /** Returns a copy with these batch-norm statistics. */
  public UpdateRule with(BatchStatistics statistics) {
    return new UpdateRule(optimizer, groups, clipping, average, accumulate, statistics, lookahead);
  }

  /** Returns a copy with this lookahead. */
  public UpdateRule with(Lookahead lookahead) {
    return new UpdateRule(optimizer, groups, clipping, average, accumulate, statistics, lookahead);
  }

  /** Returns a copy that accumulates the gradients of {@code batches} batches per step. */
  public UpdateRule accumulating(int batches) {
    return new UpdateRule(optimizer, groups, clipping, average, batches, statistics, lookahead);
  }

  /** Returns the settings as plain text, numbers and maps, as recipes store them. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("optimizer", optimizer.toMap());
    map.put("groups", groups.toMap());
    map.put("clipping", clipping.toMap());
    map.put("average", average.toMap());
    map.put("accumulate", (double) accumulate);
    map.put("statistics", statistics.toMap());
    map.put("lookahead", lookahead.toMap());
    return map;
  }

  /**
   * Reads what {@link #toMap} wrote; missing settings get their defaults.
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
            BatchStatistics.of(s.map("statistics")),
            Lookahead.of(s.map("lookahead"))));
  }
}
