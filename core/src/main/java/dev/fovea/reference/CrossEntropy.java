package dev.fovea.reference;

/**
 * Softmax cross-entropy: the mean over the batch of -Σ q'_k log softmax(z)_k with q' = (1 -
 * smoothing)·q + smoothing/K, and its gradient (softmax(z) - q')/N.
 *
 * @param loss the mean loss
 * @param gradient with respect to the logits, (N, K)
 */
record CrossEntropy(double loss, double[] gradient) {

  /** Computes loss and gradient from logits (N, K) and target distributions (N, K). */
  static CrossEntropy of(double[] logits, double[] targets, int batch, double smoothing) {
    int classes = logits.length / batch;
    double[] gradient = new double[logits.length];
    double loss = 0;
    for (int n = 0; n < batch; n++) {
      double max = Double.NEGATIVE_INFINITY;
      for (int k = 0; k < classes; k++) {
        max = Math.max(max, logits[n * classes + k]);
      }
      double sum = 0;
      for (int k = 0; k < classes; k++) {
        sum += Math.exp(logits[n * classes + k] - max);
      }
      double logOfSum = max + Math.log(sum);
      for (int k = 0; k < classes; k++) {
        int i = n * classes + k;
        double target = (1 - smoothing) * targets[i] + smoothing / classes;
        loss -= target * (logits[i] - logOfSum) / batch;
        gradient[i] = (Math.exp(logits[i] - logOfSum) - target) / batch;
      }
    }
    return new CrossEntropy(loss, gradient);
  }
}
