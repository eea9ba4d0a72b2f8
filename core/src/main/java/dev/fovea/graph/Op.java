package dev.fovea.graph;

import dev.fovea.tensor.Shape;

/**
 * What a node computes: the closed set of operations that the networks of the papers are made of.
 *
 * <p>Shapes in comments are per batch, (N, C, H, W) or (N, F); the graph itself does not know N.
 */
public sealed interface Op {

  /** The images that come in: shape (C, H, W). */
  record Input(Shape shape) implements Op {}

  /**
   * Two-dimensional cross-correlation: (N, C, H, W) to (N, outChannels, H', W').
   *
   * @param groups channels are split into this many independent convolutions
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

    /** A convolution without bias, weights from N(0, sqrt(2 / fan_out)). */
    public static Conv2d of(int outChannels, Window window) {
      return new Conv2d(
          outChannels,
          window,
          1,
          false,
          new Initializer.HeNormal(Initializer.Fan.OUT),
          new Initializer.Constant(0));
    }

    /** This convolution with a bias that starts as {@code init} says. */
    public Conv2d withBias(Initializer init) {
      return new Conv2d(outChannels, window, groups, true, weightInit, init);
    }

    /** This convolution with other first weights. */
    public Conv2d withWeights(Initializer init) {
      return new Conv2d(outChannels, window, groups, bias, init, biasInit);
    }

    /** This convolution in {@code groups} groups. */
    public Conv2d grouped(int groups) {
      return new Conv2d(outChannels, window, groups, bias, weightInit, biasInit);
    }
  }

  /**
   * Batch normalisation per channel over N, H, W (Ioffe and Szegedy 2015, algorithms 1 and 2).
   *
   * @param epsilon added to the variance
   * @param momentum weight of the new batch in the running statistics, PyTorch's meaning; what
   *     TensorFlow calls decay, and Caffe moving_average_fraction, is 1 - momentum
   * @param scaleInit first value of gamma; 0 in the last norm of a residual branch if wanted
   * @param fixed whether training normalises with the running statistics too, as constants, and
   *     leaves them as they are
   */
  record BatchNorm(double epsilon, double momentum, Initializer scaleInit, boolean fixed)
      implements Op {
    /** Batch statistics in training. */
    public BatchNorm(double epsilon, double momentum, Initializer scaleInit) {
      this(epsilon, momentum, scaleInit, false);
    }

    /** This norm with constant statistics. */
    public BatchNorm withFixedStatistics() {
      return new BatchNorm(epsilon, momentum, scaleInit, true);
    }

    /** PyTorch's default: epsilon 1e-5, momentum 0.1, gamma 1. */
    public static BatchNorm standard() {
      return new BatchNorm(1e-5, 0.1, new Initializer.Constant(1));
    }
  }

  /** {@link BatchNorm} followed by {@link Relu} as one operation; made by a pass. */
  record BatchNormRelu(BatchNorm norm) implements Op {}

  /** max(x, 0). */
  record Relu() implements Op {}

  /** 1 / (1 + exp(-x)). */
  record Sigmoid() implements Op {}

  /** Hyperbolic tangent. */
  record Tanh() implements Op {}

  /** Maximum over each window; cells outside the image never win. */
  record MaxPool(Window window, boolean ceil) implements Op {}

  /**
   * Mean over each window.
   *
   * @param ceil whether windows may hang over the far edge
   * @param countPadding whether padded cells count in the divisor (PyTorch's default); the overhang
   *     beyond the padding never counts
   */
  record AvgPool(Window window, boolean ceil, boolean countPadding) implements Op {}

  /** Mean over all cells: (N, C, H, W) to (N, C, 1, 1). */
  record GlobalAvgPool() implements Op {}

  /**
   * Mean over windows that cut the image into outH x outW overlapping parts: output cell i averages
   * cells floor(i·m/n) to ceil((i+1)·m/n) - 1 of m, per axis.
   */
  record AdaptiveAvgPool(int outH, int outW) implements Op {}

  /** Channels of all inputs, in order. */
  record Concat() implements Op {}

  /** The sum of two tensors of equal shape. */
  record Add() implements Op {}

  /** {@link Add} followed by {@link Relu} as one operation; made by a pass. */
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
   * Stochastic depth (Huang et al. 2016): zeroes all values of an image with probability p in
   * training and scales those of the others by 1/(1-p); each image of a batch has its own chance.
   */
  record StochasticDepth(double p) implements Op {}

  /**
   * Local response normalisation across channels: y_c = x_c / (k + (alpha/size)·sum of x² over the
   * size channels around c)^beta.
   */
  record LocalResponseNorm(int size, double alpha, double beta, double k) implements Op {}

  /** (N, C, H, W) to (N, C·H·W) in row-major order. */
  record Flatten() implements Op {}

  /**
   * Shortcut option A of ResNet: every stride-th row and column from 0, then zero channels before
   * and after so that there are outChannels (He et al. 2015, section 3.3).
   *
   * @param before zero channels in front; the rest goes behind
   */
  record PadShortcut(int outChannels, int stride, int before) implements Op {}

  /** The operation's name as tables and messages print it. */
  default String label() {
    return getClass().getSimpleName();
  }
}
