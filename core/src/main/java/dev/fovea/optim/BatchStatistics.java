package dev.fovea.optim;

import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * Which mean and variance batch norms are evaluated with.
 *
 * @param batches how many training batches population statistics are taken over, at most an epoch's
 */
public record BatchStatistics(Kind kind, int batches) {

  /** Where the statistics come from. */
  public enum Kind {
    /** The running average that every training step moves by the norm's momentum. */
    RUNNING,
    /**
     * Ioffe and Szegedy 2015, algorithm 2: before an evaluation the means over training batches,
     * E[x] = E[mean of a batch], Var[x] = m/(m-1)·E[variance of a batch], with the weights as they
     * then are.
     */
    POPULATION,
    /** Those that the network started with; training normalises with them too. */
    FROZEN
  }

  /** Checks the number. */
  public BatchStatistics {
    OptimException.check(batches >= 1, "at least one batch for statistics", batches);
  }

  /** The running average. */
  public static BatchStatistics running() {
    return new BatchStatistics(Kind.RUNNING, 100);
  }

  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("kind", kind.name().toLowerCase(Locale.ROOT));
    map.put("batches", (double) batches);
    return map;
  }

  static BatchStatistics of(Map<String, ?> map) {
    Settings s = new Settings("batch statistics", map);
    String kind = s.text("kind", "running");
    for (Kind k : Kind.values()) {
      if (k.name().toLowerCase(Locale.ROOT).equals(kind)) {
        return s.end(new BatchStatistics(k, s.whole("batches", 100)));
      }
    }
    throw s.unknown("kind of batch statistics", kind, "running", "population", "frozen");
  }
}
