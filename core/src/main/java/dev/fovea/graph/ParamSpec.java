package dev.fovea.graph;

import dev.fovea.api.Api;
import dev.fovea.tensor.Shape;

/**
 * A named parameter of a network: its role, its shape in PyTorch's row-major order (convolution
 * weight (O, I/groups, R, S), linear weight (O, I), vectors (C)), and its initializer.
 *
 * <pre>{@code
 * GraphBuilder builder = new GraphBuilder("mine");
 * Node input = builder.input(Shape.of(3, 32, 32));
 * Node fc = builder.linear("fc", builder.flatten("flatten", input), 10);
 * for (ParamSpec parameter : fc.params()) {
 *   System.out.println(parameter.name() + " " + parameter.shape());
 * }
 * }</pre>
 *
 * @param name the full name, as in a PyTorch state dict: {@code layer1.0.conv1.weight}
 */
@Api(Api.Status.STABLE)
public record ParamSpec(String name, Role role, Shape shape, Initializer initializer) {

  /** The role of a parameter in its operation. */
  public enum Role {
    /** Weight of a convolution or linear layer. */
    WEIGHT(true),
    /** Bias of a convolution or linear layer. */
    BIAS(true),
    /** Scale (gamma) of a normalization. */
    NORM_SCALE(true),
    /** Shift (beta) of a normalization. */
    NORM_SHIFT(true),
    /** Running mean of a batch normalization; updated from batches, not by gradients. */
    RUNNING_MEAN(false),
    /** Running (unbiased) variance of a batch normalization. */
    RUNNING_VAR(false);

    private final boolean trainable;

    Role(boolean trainable) {
      this.trainable = trainable;
    }

    /** Whether the optimizer updates it; only trainable parameters are counted. */
    public boolean trainable() {
      return trainable;
    }
  }

  /** Whether training leaves it as it is, by {@link Initializer.Fixed}. */
  public boolean fixed() {
    return initializer instanceof Initializer.Fixed;
  }

  /** Initial values for a run with this seed; different parameters get different values. */
  public float[] initialValues(long seed) {
    long key = seed;
    for (int i = 0; i < name.length(); i++) {
      key = key * 0x5851F42D4C957F2DL + name.charAt(i);
    }
    return initializer.values(shape, key);
  }
}
