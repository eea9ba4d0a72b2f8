package dev.fovea.optim;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * The mean and variance that batch normalization uses.
 *
 * @param kind in evaluation
 * @param batches training batches that population statistics are estimated over, at most one epoch
 * @param synchronize whether training on several ranks normalizes with the statistics of all of
 *     them; otherwise each rank has its own
 */
public record BatchStatistics(Kind kind, int batches, boolean synchronize) {

  /** Where the statistics come from. */
  public enum Kind {
    /** The running average, updated in every training step with the layer's momentum. */
    RUNNING,
    /**
     * Ioffe and Szegedy 2015, algorithm 2: means over training batches, recomputed with the current
     * weights before each evaluation: E[x] = E[batch mean], Var[x] = m/(m-1)·E[batch variance].
     */
    POPULATION,
    /** The initial statistics, never updated; training normalizes with them too. */
    FROZEN
  }

  /** Statistics that are not synchronized. */
  public BatchStatistics(Kind kind, int batches) {
    this(kind, batches, false);
  }

  /** Checks the number of batches. */
  public BatchStatistics {
    OptimException.check(batches >= 1, "at least one batch for batch-norm statistics", batches);
  }

  /** Returns the default: running averages. */
  public static BatchStatistics running() {
    return new BatchStatistics(Kind.RUNNING, 100);
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("kind", kind.name().toLowerCase(Locale.ROOT));
    map.put("batches", (double) batches);
    map.put("synchronize", synchronize);
    return map;
  }

  static BatchStatistics of(Map<String, ?> map) {
    Settings s = new Settings("batch statistics", map);
    String kind = s.text("kind", "running");
    for (Kind k : Kind.values()) {
      if (k.name().toLowerCase(Locale.ROOT).equals(kind)) {
        return s.end(new BatchStatistics(k, s.whole("batches", 100), s.flag("synchronize", false)));
      }
    }
    throw s.unknown("kind of batch statistics", kind, "running", "population", "frozen");
  }
}
