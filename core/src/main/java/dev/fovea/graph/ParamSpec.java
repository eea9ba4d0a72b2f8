package dev.fovea.graph;

import dev.fovea.tensor.Shape;

/**
 * A named parameter of a network: its role, its shape in row-major order as PyTorch has it
 * (convolution weight (O, I/groups, R, S), linear weight (O, I), vectors (C)), and its first value.
 *
 * @param name the full name, as in a PyTorch state dict: {@code layer1.0.conv1.weight}
 */
public record ParamSpec(String name, Role role, Shape shape, Initializer initializer) {

  /** What a parameter is to its operation. */
  public enum Role {
    /** Weight of a convolution or linear layer. */
    WEIGHT(true),
    /** Bias of a convolution or linear layer. */
    BIAS(true),
    /** Scale (gamma) of a normalisation. */
    NORM_SCALE(true),
    /** Shift (beta) of a normalisation. */
    NORM_SHIFT(true),
    /** Running mean of a batch normalisation; follows the batches, not the gradient. */
    RUNNING_MEAN(false),
    /** Running (unbiased) variance of a batch normalisation. */
    RUNNING_VAR(false);

    private final boolean trainable;

    Role(boolean trainable) {
      this.trainable = trainable;
    }

    /** Whether the optimizer moves it; what is not trainable is not counted as a parameter. */
    public boolean trainable() {
      return trainable;
    }
  }

  /** Fresh values for a run with this seed, which differ from parameter to parameter. */
  public float[] initialValues(long seed) {
    long key = seed;
    for (int i = 0; i < name.length(); i++) {
      key = key * 0x5851F42D4C957F2DL + name.charAt(i);
    }
    return initializer.values(shape, key);
  }
}
