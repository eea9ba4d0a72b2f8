package dev.fovea.graph;

import dev.fovea.api.Api;
import dev.fovea.tensor.Shape;
import java.util.SplittableRandom;

/**
 * Computes a parameter's initial values from its shape and a seed.
 *
 * <p>fan_in is the product of all dimensions but the first (I·R·S for a weight of shape (O, I, R,
 * S)), fan_out that of all but the second (O·R·S).
 *
 * <pre>{@code
 * Initializer normal = new Initializer.Normal(0.01);
 * Op.Linear linear = new Op.Linear(10, true, normal, new Initializer.Constant(0));
 * }</pre>
 */
@Api(Api.Status.STABLE)
public sealed interface Initializer {

  /** Whether the variance is preserved in the forward or in the backward pass. */
  enum Fan {
    /** Inputs per output: preserves the variance of activations. */
    IN,
    /** Outputs per input: preserves the variance of gradients. */
    OUT;

    double of(Shape shape) {
      long receptive = 1;
      for (int i = 2; i < shape.rank(); i++) {
        receptive *= shape.dim(i);
      }
      int channels = this == IN && shape.rank() > 1 ? shape.dim(1) : shape.dim(0);
      return (double) channels * receptive;
    }
  }

  /** All elements are {@code value}. */
  record Constant(double value) implements Initializer {}

  /** N(0, std). */
  record Normal(double std) implements Initializer {}

  /** U(-bound, bound). */
  record Uniform(double bound) implements Initializer {}

  /** N(0, std), redrawn while outside [low, high] (absolute bounds, as in torchvision). */
  record TruncatedNormal(double std, double low, double high) implements Initializer {}

  /** N(0, sqrt(2 / fan)); He et al. 2015, equation 10. */
  record HeNormal(Fan fan) implements Initializer {}

  /** U(-a, a) with a = sqrt(6 / fan); He et al. 2015. */
  record HeUniform(Fan fan) implements Initializer {}

  /** N(0, sqrt(2 / (fan_in + fan_out))); Glorot and Bengio 2010. */
  record XavierNormal() implements Initializer {}

  /** U(-a, a) with a = sqrt(6 / (fan_in + fan_out)); Glorot and Bengio 2010, equation 16. */
  record XavierUniform() implements Initializer {}

  /** U(-a, a) with a = sqrt(3 / fan_in): Caffe's filler named "xavier". */
  record CaffeXavier() implements Initializer {}

  /** U(-b, b) with b = 1 / sqrt(fanIn): PyTorch's default for the weight and bias of a layer. */
  record PyTorchDefault(int fanIn) implements Initializer {}

  /**
   * The first outputs of a convolution pass on one input each, the i-th output the i-th input, by a
   * 1 in the center of the kernel; outputs beyond the inputs are drawn by {@code others}. As {@code
   * dirac_} of PyTorch on the first rows of a weight.
   */
  record Dirac(Initializer others) implements Initializer {}

  /**
   * The filters of a convolution that whitens patches of its input (Jordan 2024): the eigenvectors
   * v of the patches' second moments, each divided by √(λ + epsilon) of its eigenvalue λ, in order
   * of falling λ, and then the same filters negated. A weight of shape (O, C, R, S) takes the O/2
   * largest eigenvalues of the C·R·S there are.
   *
   * <p>A training run estimates the moments from patches of its own training images where the
   * convolution reads the images. Without images these are the filters for white noise of variance
   * 1: random orthonormal vectors, divided by √(1 + epsilon).
   *
   * @param epsilon added to the eigenvalues, above 0
   */
  record Whitening(double epsilon) implements Initializer {}

  /** What {@code values} says, times {@code factor}. */
  record Scaled(double factor, Initializer values) implements Initializer {}

  /** What {@code values} says, and training leaves it as it is. */
  record Fixed(Initializer values) implements Initializer {}

  /**
   * Initial values for a parameter of {@code shape}, in row-major order; equal seeds give equal
   * values.
   */
  default float[] values(Shape shape, long seed) {
    if (this instanceof Fixed f) {
      return f.values().values(shape, seed);
    } else if (this instanceof Scaled s) {
      float[] values = s.values().values(shape, seed);
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (s.factor() * values[i]);
      }
      return values;
    } else if (this instanceof Whitening w) {
      return PatchWhitening.ofWhiteNoise(shape, w.epsilon(), seed);
    } else if (this instanceof Dirac d) {
      float[] values = d.others().values(shape, seed);
      passOn(values, shape);
      return values;
    }
    SplittableRandom random = new SplittableRandom(seed);
    float[] values = new float[Math.toIntExact(shape.elements())];
    if (this instanceof Constant c) {
      java.util.Arrays.fill(values, (float) c.value());
    } else if (this instanceof Normal n) {
      fillNormal(values, n.std(), random);
    } else if (this instanceof HeNormal h) {
      fillNormal(values, Math.sqrt(2 / h.fan().of(shape)), random);
    } else if (this instanceof XavierNormal) {
      fillNormal(values, Math.sqrt(2 / (Fan.IN.of(shape) + Fan.OUT.of(shape))), random);
    } else if (this instanceof TruncatedNormal t) {
      for (int i = 0; i < values.length; i++) {
        double v;
        do {
          v = t.std() * gaussian(random);
        } while (v < t.low() || v > t.high());
        values[i] = (float) v;
      }
    } else {
      double bound = uniformBound(shape);
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (bound * (2 * random.nextDouble() - 1));
      }
    }
    return values;
  }

  private static void passOn(float[] values, Shape shape) {
    if (shape.rank() != 4) {
      throw new GraphException(
          "a Dirac initializer needs the weight of a convolution, got a parameter of " + shape);
    }
    int inputs = shape.dim(1);
    int cells = shape.dim(2) * shape.dim(3);
    int center = shape.dim(2) / 2 * shape.dim(3) + shape.dim(3) / 2;
    for (int i = 0; i < Math.min(inputs, shape.dim(0)); i++) {
      java.util.Arrays.fill(values, i * inputs * cells, (i + 1) * inputs * cells, 0);
      values[(i * inputs + i) * cells + center] = 1;
    }
  }

  private double uniformBound(Shape shape) {
    if (this instanceof Uniform u) {
      return u.bound();
    } else if (this instanceof HeUniform h) {
      return Math.sqrt(6 / h.fan().of(shape));
    } else if (this instanceof XavierUniform) {
      return Math.sqrt(6 / (Fan.IN.of(shape) + Fan.OUT.of(shape)));
    } else if (this instanceof CaffeXavier) {
      return Math.sqrt(3 / Fan.IN.of(shape));
    } else if (this instanceof PyTorchDefault p) {
      return 1 / Math.sqrt(p.fanIn());
    }
    throw new GraphException("no uniform bound for initializer " + this);
  }

  private static void fillNormal(float[] values, double std, SplittableRandom random) {
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (std * gaussian(random));
    }
  }

  // Box-Muller rather than Random.nextGaussian, whose algorithm may change between JDKs.
  private static double gaussian(SplittableRandom random) {
    double radius = Math.sqrt(-2 * StrictMath.log(1 - random.nextDouble()));
    return radius * StrictMath.cos(2 * Math.PI * random.nextDouble());
  }
}
