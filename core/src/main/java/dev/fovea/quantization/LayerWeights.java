package dev.fovea.quantization;

/**
 * The weights of one layer in 8 bits.
 *
 * @param steps the step of each output channel
 * @param rounded the weights, multiples of their step
 */
record LayerWeights(float[] steps, float[] rounded) {
  /** A bias is at most this many steps of its sums, so that 32 bits hold it with room for more. */
  private static final double BIAS_STEPS = 1 << 26;

  /**
   * Rounds weights so that the largest of each channel is {@code most} steps.
   *
   * @param biases of the channels; a channel of tiny weights gets a step in which its bias fits
   * @param inputStep the step of the layer's input
   */
  static LayerWeights of(float[] weights, float[] biases, double inputStep, int most) {
    float[] steps = new float[biases.length];
    float[] rounded = new float[weights.length];
    int each = weights.length / biases.length;
    for (int c = 0; c < steps.length; c++) {
      double largest = 0;
      for (int i = c * each; i < (c + 1) * each; i++) {
        largest = Math.max(largest, Math.abs(weights[i]));
      }
      double least = Math.abs(biases[c]) / (inputStep * BIAS_STEPS);
      double step = Math.max(Math.max(largest / most, least), 0x1p-60);
      steps[c] = (float) step;
      for (int i = c * each; i < (c + 1) * each; i++) {
        double q = Math.rint(weights[i] / (double) steps[c]);
        rounded[i] = (float) (steps[c] * Math.max(-most, Math.min(most, q)));
      }
    }
    return new LayerWeights(steps, rounded);
  }
}
