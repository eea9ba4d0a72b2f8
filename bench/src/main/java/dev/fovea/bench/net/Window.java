package dev.fovea.bench.net;

/**
 * A sliding window: kernel height and width, one stride for both axes, and the zero padding on each
 * side of an axis.
 */
public record Window(int height, int width, int stride, int padHeight, int padWidth) {

  /** A square window of {@code size} with the given stride and padding. */
  public static Window square(int size, int stride, int pad) {
    return new Window(size, size, stride, pad, pad);
  }

  /** A window with odd sides, stride 1 and "same" padding. */
  public static Window same(int height, int width) {
    return new Window(height, width, 1, height / 2, width / 2);
  }

  /** The 1x1 window of stride 1. */
  public static Window point() {
    return same(1, 1);
  }

  /**
   * The output size along an axis of size {@code in}, rounded down, or by PyTorch's {@code
   * ceil_mode} rule if {@code ceil}.
   */
  public static int cells(int in, int kernel, int stride, int pad, boolean ceil) {
    int room = in + 2 * pad - kernel;
    int cells = (ceil ? (room + stride - 1) / stride : room / stride) + 1;
    return ceil && (cells - 1) * stride >= in + pad ? cells - 1 : cells;
  }
}
