package dev.fovea.eval;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The judgements of a whole evaluation, in the order of the data set. */
public record Judgements(List<Judgement> all) {
  /** Copies the list. */
  public Judgements {
    all = List.copyOf(all);
  }

  /** The wrong answers that were given with most confidence; equal ones in order. */
  public List<Judgement> confidentMistakes(int most) {
    return all.stream()
        .filter(j -> !j.right())
        .sorted(Comparator.comparingDouble(Judgement::confidence).reversed())
        .limit(most)
        .toList();
  }

  /** The right answers that were given with least confidence; equal ones in order. */
  public List<Judgement> hesitantHits(int most) {
    return all.stream()
        .filter(Judgement::right)
        .sorted(Comparator.comparingDouble(Judgement::confidence))
        .limit(most)
        .toList();
  }

  /** Collects judgements while an {@link Ensemble} evaluates. */
  public static final class Collector implements Ensemble.Listener {
    private final List<Judgement> all = new ArrayList<>();

    /** An empty collection. */
    public Collector() {}

    @Override
    public void answered(int item, int label, double[] logProbabilities) {
      all.add(Judgement.of(item, label, logProbabilities));
    }

    /** What was collected so far. */
    public Judgements judgements() {
      return new Judgements(all);
    }
  }
}
