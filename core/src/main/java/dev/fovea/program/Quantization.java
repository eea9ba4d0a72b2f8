package dev.fovea.program;

import java.util.Map;

/**
 * Which tensors of a network are kept in 8-bit integers, and what one step of each is worth.
 *
 * <p>A node in {@link #values} computes its result r in real numbers and keeps q = clamp(round(r /
 * step)), rounding halves to even, in 0 to 255 or, if signed, in -128 to 127; those that read it
 * see q·step. Results of other nodes are kept in binary32. A convolution or linear layer in {@link
 * #weights} reads an input that is kept in 8 bits and multiplies integers: its weights are
 * clamp(round(w / step of the output channel)) in -127 to 127, sums are exact, and r = sum · (step
 * of the input) · (step of the channel) + bias. All other nodes compute in binary32 from what they
 * see. Nothing here depends on what an engine fuses: a convolution that is absent from {@link
 * #values} hands its unrounded result to the addition or ReLU that follows.
 *
 * <p>The network is one without batch norms behind convolutions: {@code FoldNorms} has moved them
 * into weights and biases. Source: Jacob et al. 2018, "Quantization and Training of Neural Networks
 * for Efficient Integer-Arithmetic-Only Inference", with zero points of 0.
 *
 * @param values by name of the node
 * @param weights by name of the weight parameter: the step of each output channel
 */
public record Quantization(Map<String, Scale> values, Map<String, float[]> weights) {

  /**
   * How a tensor is kept in 8 bits.
   *
   * @param step the real number that 1 stands for; positive and finite
   * @param signed whether values are -128 to 127 rather than 0 to 255
   */
  public record Scale(float step, boolean signed) {
    /** Checks that the step is positive and finite. */
    public Scale {
      if (!(step > 0) || Float.isInfinite(step)) {
        throw new IllegalArgumentException("a step must be a positive finite number, got " + step);
      }
    }
  }

  /** Copies both maps. */
  public Quantization {
    values = Map.copyOf(values);
    weights = Map.copyOf(weights);
  }
}
