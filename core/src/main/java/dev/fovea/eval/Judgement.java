package dev.fovea.eval;

/**
 * What became of one image.
 *
 * @param item its number in the data set
 * @param label its true class
 * @param answer the most probable class; the first of equal ones
 * @param confidence the answer's probability
 * @param truth the true class's probability
 */
public record Judgement(int item, int label, int answer, double confidence, double truth) {
  /** The judgement that follows from the logarithms of the probabilities. */
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

  /** Whether the answer is the true class. */
  public boolean right() {
    return answer == label;
  }
}
