package dev.fovea.quantization;

/**
 * How a network is quantized.
 *
 * @param observer how steps follow from the values seen
 * @param weightBits 8, or 7 for CPUs whose 8-bit products saturate
 * @param keepFirst whether the first layer stays in binary32
 * @param keepLast whether the classifier stays in binary32
 * @param correctBias whether biases take back the mean error of their layer
 */
public record QuantizationOptions(
    Observer observer, int weightBits, boolean keepFirst, boolean keepLast, boolean correctBias) {
  /** All layers in 8 bits; decision 0335. */
  public static final QuantizationOptions STANDARD =
      new QuantizationOptions(Observer.MSE, 8, false, false, true);

  /** Checks the number of bits. */
  public QuantizationOptions {
    if (weightBits != 7 && weightBits != 8) {
      throw new IllegalArgumentException("weights have 7 or 8 bits, got " + weightBits);
    }
  }

  /** These options with another observer. */
  public QuantizationOptions with(Observer other) {
    return new QuantizationOptions(other, weightBits, keepFirst, keepLast, correctBias);
  }

  /** These options with another number of bits for weights. */
  public QuantizationOptions withWeightBits(int bits) {
    return new QuantizationOptions(observer, bits, keepFirst, keepLast, correctBias);
  }

  /** These options with the first layer and the classifier in binary32 or not. */
  public QuantizationOptions keeping(boolean first, boolean last) {
    return new QuantizationOptions(observer, weightBits, first, last, correctBias);
  }

  /** These options with or without bias correction. */
  public QuantizationOptions correctingBias(boolean correct) {
    return new QuantizationOptions(observer, weightBits, keepFirst, keepLast, correct);
  }

  /** The largest magnitude of a weight. */
  int mostOfWeight() {
    return weightBits == 8 ? 127 : 63;
  }
}
