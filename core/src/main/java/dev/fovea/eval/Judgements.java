package dev.fovea.eval;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The results of all images of an evaluation, in the order of the data set. */
public record Judgements(List<Judgement> all) {
  /** Copies the list. */
  public Judgements {
    all = List.copyOf(all);
  }

  /**
   * The misclassified images with the highest confidence, highest first; ties in data set order.
   */
  public List<Judgement> confidentMistakes(int most) {
    return all.stream()
        .filter(j -> !j.right())
        .sorted(Comparator.comparingDouble(Judgement::confidence).reversed())
        .limit(most)
        .toList();
  }

  /**
   * The correctly classified images with the lowest confidence, lowest first; ties in data set
   * order.
   */
  public List<Judgement> hesitantHits(int most) {
    return all.stream()
        .filter(Judgement::right)
        .sorted(Comparator.comparingDouble(Judgement::confidence))
        .limit(most)
        .toList();
  }

  /** Collects the results while an {@link Ensemble} evaluates. */
  public static final class Collector implements Ensemble.Listener {
    private final List<Judgement> all = new ArrayList<>();

    /** Creates an empty collector. */
    public Collector() {}

    @Override
    public void answered(int item, int label, double[] logProbabilities) {
      all.add(Judgement.of(item, label, logProbabilities));
    }

    /** The results collected so far. */
    public Judgements judgements() {
      return new Judgements(all);
    }
  }
}
