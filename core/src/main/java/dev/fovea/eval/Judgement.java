package dev.fovea.eval;

/**
 * The result of one image in an evaluation.
 *
 * @param item the index of the image in the data set
 * @param label its true class
 * @param answer the most probable class; ties go to the first class
 * @param confidence the probability of {@code answer}
 * @param truth the probability of the true class
 */
public record Judgement(int item, int label, int answer, double confidence, double truth) {
  /** Computes the result from the log-probabilities of all classes. */
  public static Judgement of(int item, int label, double[] logProbabilities) {
    int best = 0;
    for (int k = 1; k < logProbabilities.length; k++) {
      best = logProbabilities[k] > logProbabilities[best] ? k : best;
    }
    return new Judgement(
        item,
        label,
        best,
        StrictMath.exp(logProbabilities[best]),
        StrictMath.exp(logProbabilities[label]));
  }

  /** Whether the image was classified correctly. */
  public boolean right() {
    return answer == label;
  }
}
