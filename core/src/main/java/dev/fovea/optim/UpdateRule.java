package dev.fovea.optim;

import java.util.LinkedHashMap;
import java.util.Map;

/** Everything a recipe says about how weights move, apart from the learning rate. */
public record UpdateRule(
    Optimizer optimizer, ParameterGroups groups, Clipping clipping, WeightAverage average) {

  /** An optimizer with decay, without clipping or averaging. */
  public static UpdateRule of(Optimizer optimizer, ParameterGroups groups) {
    return new UpdateRule(optimizer, groups, new Clipping.None(), WeightAverage.none());
  }

  /** This with averaged weights. */
  public UpdateRule with(WeightAverage average) {
    return new UpdateRule(optimizer, groups, clipping, average);
  }

  /** This with clipped gradients. */
  public UpdateRule with(Clipping clipping) {
    return new UpdateRule(optimizer, groups, clipping, average);
  }

  /** Plain text, numbers and maps, for a recipe. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("optimizer", optimizer.toMap());
    map.put("decay", groups.toMap());
    map.put("clipping", clipping.toMap());
    map.put("average", average.toMap());
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
            ParameterGroups.of(s.map("decay")),
            Clipping.of(s.map("clipping")),
            WeightAverage.of(s.map("average"))));
  }
}
