package dev.fovea.autodiff;

/**
 * The loss of every classifier: mean over the batch of -sum_k q'_k log softmax(z)_k, where q' = (1
 * - smoothing) q + smoothing / K and q is the target distribution (one-hot for hard labels).
 *
 * <p>Its gradient with respect to the logits is (softmax(z) - q') / N. Auxiliary classifiers add
 * their loss multiplied by their weight. Label smoothing: Szegedy et al. 2015, section 7.
 */
public record SoftmaxCrossEntropy(double labelSmoothing) {

  /** Checks that the smoothing is in [0, 1). */
  public SoftmaxCrossEntropy {
    if (!(labelSmoothing >= 0 && labelSmoothing < 1)) {
      throw new IllegalArgumentException(
          "label smoothing must be in [0, 1), got " + labelSmoothing + "; the papers use 0.1");
    }
  }
}
