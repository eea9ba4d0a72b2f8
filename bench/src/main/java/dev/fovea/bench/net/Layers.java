package dev.fovea.bench.net;

import java.util.List;

/**
 * The layers of the peers' networks, over values of type {@code V}: activations of shape (N, C, H,
 * W).
 *
 * <p>Ownership: {@link #relu}, {@link #add} and {@link #dropout} work in place on their first
 * argument, as torchvision's residual networks do; every other layer leaves its input unchanged.
 * {@link #free} marks a value as no longer needed, where a Python variable would be overwritten.
 */
public interface Layers<V> {

  /**
   * Whether this is training: batch norm uses batch statistics, dropout is active, auxiliary heads
   * exist.
   */
  boolean training();

  V conv(V x, int channels, Window window, boolean bias);

  V batchNorm(V x, double epsilon);

  V relu(V x);

  /** Adds {@code y} into {@code x}. */
  V add(V x, V y);

  V maxPool(V x, Window window, boolean ceil);

  /** Average pooling; padding is counted. */
  V averagePool(V x, Window window);

  /** PyTorch's adaptive average pooling to {@code size} x {@code size} cells. */
  V adaptiveAveragePool(V x, int size);

  V dropout(V x, double probability);

  /** Flattens to (N, C * H * W) and applies a fully connected layer with bias. */
  V linear(V x, int features);

  V concat(List<V> parts);

  /**
   * Shortcut option A: every second row and column, {@code before} zero channels before and {@code
   * after} after.
   */
  V subsampleAndPad(V x, int stride, int before, int after);

  int channels(V x);

  void free(V x);

  /** Convolution without bias, batch norm and ReLU; the input stays valid. */
  default V convNormRelu(V x, int channels, Window window, double epsilon) {
    return relu(convNorm(x, channels, window, epsilon));
  }

  /** Convolution without bias and batch norm; the input stays valid. */
  default V convNorm(V x, int channels, Window window, double epsilon) {
    V conv = conv(x, channels, window, false);
    V norm = batchNorm(conv, epsilon);
    free(conv);
    return norm;
  }

  /** Batch norm and ReLU into a new value; the input stays valid. */
  default V normRelu(V x, double epsilon) {
    return relu(batchNorm(x, epsilon));
  }
}
