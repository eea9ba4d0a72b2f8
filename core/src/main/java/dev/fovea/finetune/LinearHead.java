package dev.fovea.finetune;

import dev.fovea.eval.Softmax;

/**
 * A linear classifier: logits = W·features + b.
 *
 * @param weights (K, F) row-major
 * @param bias (K)
 */
record LinearHead(float[] weights, float[] bias) {
  /** The log-probabilities of the classes for the center view of an image. */
  double[] answer(FeatureSet set, int image) {
    int width = set.width();
    int at = set.at(image, 0);
    float[] logits = new float[bias.length];
    for (int k = 0; k < logits.length; k++) {
      double sum = bias[k];
      for (int f = 0; f < width; f++) {
        sum += (double) weights[k * width + f] * set.values()[at + f];
      }
      logits[k] = (float) sum;
    }
    return Softmax.log(logits, 0, logits.length);
  }
}
