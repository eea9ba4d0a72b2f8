package dev.fovea.bench.net;

/**
 * A sliding window: kernel height and width, one stride for both axes, zero padding on each side
 * per axis.
 */
public record Window(int height, int width, int stride, int padHeight, int padWidth) {

  /** A square window of {@code size} with the given stride and padding. */
  public static Window square(int size, int stride, int pad) {
    return new Window(size, size, stride, pad, pad);
  }

  /** A window of stride 1 that keeps the size of the map; both sides are odd. */
  public static Window same(int height, int width) {
    return new Window(height, width, 1, height / 2, width / 2);
  }

  /** The 1x1 window of stride 1. */
  public static Window point() {
    return same(1, 1);
  }

  /**
   * Cells along an axis of {@code in} cells, PyTorch's floor rule, or its ceil rule where {@code
   * ceil}.
   */
  public static int cells(int in, int kernel, int stride, int pad, boolean ceil) {
    int room = in + 2 * pad - kernel;
    int cells = (ceil ? (room + stride - 1) / stride : room / stride) + 1;
    return ceil && (cells - 1) * stride >= in + pad ? cells - 1 : cells;
  }
}
