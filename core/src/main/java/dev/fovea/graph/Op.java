package dev.fovea.graph;

import dev.fovea.api.Api;
import dev.fovea.tensor.Shape;

/**
 * An operation that a node computes: the closed set from which the networks of the papers are
 * built.
 *
 * <p>Shapes in comments are per batch, (N, C, H, W) or (N, F); graphs themselves are independent of
 * N.
 *
 * <pre>{@code
 * GraphBuilder builder = new GraphBuilder("mine");
 * Node input = builder.input(Shape.of(3, 32, 32));
 * Node tanh = builder.add("tanh", new Op.Tanh(), input);
 * }</pre>
 */
@Api(Api.Status.STABLE)
public sealed interface Op {

  /** The input images, shape (C, H, W). */
  record Input(Shape shape) implements Op {}

  /**
   * Two-dimensional cross-correlation: (N, C, H, W) to (N, outChannels, H', W').
   *
   * @param groups number of independent convolutions that the channels are split into
   * @param bias whether a bias of outChannels values is added
   */
  record Conv2d(
      int outChannels,
      Window window,
      int groups,
      boolean bias,
      Initializer weightInit,
      Initializer biasInit)
      implements Op {

    /** A convolution without bias and with weights from N(0, sqrt(2 / fan_out)). */
    public static Conv2d of(int outChannels, Window window) {
      return new Conv2d(
          outChannels,
          window,
          1,
          false,
          new Initializer.HeNormal(Initializer.Fan.OUT),
          new Initializer.Constant(0));
    }

    /** This convolution with a bias initialized by {@code init}. */
    public Conv2d withBias(Initializer init) {
      return new Conv2d(outChannels, window, groups, true, weightInit, init);
    }

    /** This convolution with weights initialized by {@code init}. */
    public Conv2d withWeights(Initializer init) {
      return new Conv2d(outChannels, window, groups, bias, init, biasInit);
    }

    /** This convolution in {@code groups} groups. */
    public Conv2d grouped(int groups) {
      return new Conv2d(outChannels, window, groups, bias, weightInit, biasInit);
    }
  }

  /**
   * Batch normalization per channel over N, H, W (Ioffe and Szegedy 2015, algorithms 1 and 2).
   *
   * @param epsilon added to the variance
   * @param momentum weight of the new batch in the running statistics, as in PyTorch; TensorFlow's
   *     decay and Caffe's moving_average_fraction are 1 - momentum
   * @param scaleInit initial gamma; may be 0 in the last norm of a residual branch
   * @param statistics what training normalizes with
   */
  record BatchNorm(double epsilon, double momentum, Initializer scaleInit, Statistics statistics)
      implements Op {
    /** The mean and variance with which training normalizes; inference has the running ones. */
    public enum Statistics {
      /** Those of the batch. */
      BATCH,
      /**
       * Those of the batches of all ranks of data-parallel training together; set by a pass.
       * Without other ranks they are those of the batch.
       */
      ALL_RANKS,
      /** The running ones, which stay unchanged. */
      FIXED
    }

    /** A norm that uses batch statistics in training. */
    public BatchNorm(double epsilon, double momentum, Initializer scaleInit) {
      this(epsilon, momentum, scaleInit, Statistics.BATCH);
    }

    /** A norm whose scale stays 1, so that only its shift is trained. */
    public static BatchNorm shiftOnly(double epsilon, double momentum) {
      return new BatchNorm(epsilon, momentum, new Initializer.Fixed(new Initializer.Constant(1)));
    }

    /** This norm with other statistics. */
    public BatchNorm with(Statistics other) {
      return new BatchNorm(epsilon, momentum, scaleInit, other);
    }

    /** Whether training, too, normalizes with the running statistics and leaves them unchanged. */
    public boolean fixed() {
      return statistics == Statistics.FIXED;
    }

    /** Whether training normalizes with the statistics of all ranks. */
    public boolean synchronizes() {
      return statistics == Statistics.ALL_RANKS;
    }

    /** PyTorch's default: epsilon 1e-5, momentum 0.1, gamma 1. */
    public static BatchNorm standard() {
      return new BatchNorm(1e-5, 0.1, new Initializer.Constant(1));
    }
  }

  /** {@link BatchNorm} followed by {@link Relu} as one operation; created by a pass. */
  record BatchNormRelu(BatchNorm norm) implements Op {}

  /** max(x, 0). */
  record Relu() implements Op {}

  /** 1 / (1 + exp(-x)). */
  record Sigmoid() implements Op {}

  /** Hyperbolic tangent. */
  record Tanh() implements Op {}

  /**
   * Gaussian error linear unit: x·Φ(x), with Φ the distribution function of N(0, 1) (Hendrycks and
   * Gimpel 2016).
   *
   * @param approximation how Φ is computed
   */
  record Gelu(Approximation approximation) implements Op {
    /** How GELU computes Φ(x); the names are PyTorch's. */
    public enum Approximation {
      /** (1 + erf(x/√2)) / 2. */
      NONE,
      /** (1 + tanh(√(2/π)·(x + 0.044715·x³))) / 2. */
      TANH
    }

    /** The exact form. */
    public Gelu() {
      this(Approximation.NONE);
    }
  }

  /** Sigmoid linear unit, also named swish: x / (1 + exp(-x)) (Elfwing et al. 2017). */
  record Silu() implements Op {}

  /** Maximum over each window; padding is never the maximum. */
  record MaxPool(Window window, boolean ceil) implements Op {}

  /**
   * Mean over each window.
   *
   * @param ceil whether windows may extend past the bottom and right edges
   * @param countPadding whether padding counts in the divisor (PyTorch's default); cells beyond the
   *     padding never count
   */
  record AvgPool(Window window, boolean ceil, boolean countPadding) implements Op {}

  /** Mean over all cells: (N, C, H, W) to (N, C, 1, 1). */
  record GlobalAvgPool() implements Op {}

  /**
   * Mean over outH x outW possibly overlapping windows that cover the image: along an axis with m
   * input and n output cells, output cell i averages input cells floor(i·m/n) to ceil((i+1)·m/n) -
   * 1.
   */
  record AdaptiveAvgPool(int outH, int outW) implements Op {}

  /** Concatenation of all inputs along the channels, in order. */
  record Concat() implements Op {}

  /** The sum of two tensors of equal shape. */
  record Add() implements Op {}

  /** {@link Add} followed by {@link Relu} as one operation; created by a pass. */
  record AddRelu() implements Op {}

  /** The element-wise product of two tensors of equal shape. */
  record Multiply() implements Op {}

  /** scale·x + shift with constants. */
  record Affine(double scale, double shift) implements Op {}

  /** y = x·Wᵀ + b: (N, F) to (N, outFeatures). */
  record Linear(int outFeatures, boolean bias, Initializer weightInit, Initializer biasInit)
      implements Op {}

  /** Zeroes each value with probability p in training and scales the rest by 1/(1-p). */
  record Dropout(double p) implements Op {}

  /**
   * Stochastic depth (Huang et al. 2016): in training, zeroes all values of an image with
   * probability p, independently for each image of the batch, and scales the others by 1/(1-p).
   */
  record StochasticDepth(double p) implements Op {}

  /**
   * Local response normalization across channels: y_c = x_c / (k + (alpha/size)·sum of x² over the
   * size channels around c)^beta.
   */
  record LocalResponseNorm(int size, double alpha, double beta, double k) implements Op {}

  /** (N, C, H, W) to (N, C·H·W) in row-major order. */
  record Flatten() implements Op {}

  /**
   * Shortcut option A of ResNet: keeps every stride-th row and column, and adds zero channels
   * before and after up to outChannels (He et al. 2015, section 3.3).
   *
   * @param before number of zero channels in front; the others are appended
   */
  record PadShortcut(int outChannels, int stride, int before) implements Op {}

  /** The operation's name in tables and messages. */
  default String label() {
    return getClass().getSimpleName();
  }
}
