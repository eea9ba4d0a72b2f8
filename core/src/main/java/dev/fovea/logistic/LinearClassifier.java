package dev.fovea.logistic;

import dev.fovea.eval.Softmax;

/**
 * A linear classifier: logits = W·features + b.
 *
 * @param weights (K, F) row-major
 * @param bias (K)
 */
public record LinearClassifier(float[] weights, float[] bias) {
  private static final int SUMS = 4;

  /** The log-probabilities of the classes for the center view of an image. */
  public double[] answer(FeatureSet set, int image) {
    float[] x = set.values()[image];
    int width = set.width();
    float[] logits = new float[bias.length];
    for (int k = 0; k < logits.length; k++) {
      logits[k] = (float) (bias[k] + dot(k * width, x, width));
    }
    return Softmax.log(logits, 0, logits.length);
  }

  // Several sums, because a single one waits for each of its additions.
  private double dot(int at, float[] x, int width) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int f = 0;
    for (; f + SUMS <= width; f += SUMS) {
      a += (double) weights[at + f] * x[f];
      b += (double) weights[at + f + 1] * x[f + 1];
      c += (double) weights[at + f + 2] * x[f + 2];
      d += (double) weights[at + f + 3] * x[f + 3];
    }
    for (; f < width; f++) {
      a += (double) weights[at + f] * x[f];
    }
    return a + b + (c + d);
  }

  /** The fraction of images whose class has the highest probability. */
  public double accuracy(FeatureSet set) {
    int right = 0;
    for (int i = 0; i < set.size(); i++) {
      right += isRight(answer(set, i), set.labels()[i]) ? 1 : 0;
    }
    return (double) right / set.size();
  }

  /** Whether no class has a higher log-probability than this one, and no earlier one the same. */
  static boolean isRight(double[] answer, int label) {
    for (int k = 0; k < answer.length; k++) {
      if (answer[k] > answer[label] || k < label && answer[k] == answer[label]) {
        return false;
      }
    }
    return true;
  }
}
