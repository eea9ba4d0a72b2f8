package dev.fovea.graph;

import dev.fovea.api.Api;

/**
 * The sliding window of a convolution or pool: kernel, stride, and zero padding on each side, in
 * cells, height first.
 *
 * <pre>{@code
 * Window window = Window.square(3);
 * Op.Conv2d convolution = Op.Conv2d.of(64, window);
 * }</pre>
 */
@Api(Api.Status.STABLE)
public record Window(int kernelH, int kernelW, int strideH, int strideW, int padH, int padW) {

  /** Checks that kernel and stride are positive and that padding is smaller than the kernel. */
  public Window {
    if (kernelH < 1 || kernelW < 1 || strideH < 1 || strideW < 1) {
      throw new GraphException(
          "a window needs kernel and stride of at least 1, got kernel "
              + kernelH
              + "x"
              + kernelW
              + " and stride "
              + strideH
              + "x"
              + strideW);
    }
    if (padH < 0 || padW < 0 || padH >= kernelH || padW >= kernelW) {
      throw new GraphException(
          "padding must be at least 0 and smaller than the kernel, got padding "
              + padH
              + "x"
              + padW
              + " for kernel "
              + kernelH
              + "x"
              + kernelW);
    }
  }

  /** A square window of stride 1 without padding. */
  public static Window square(int kernel) {
    return new Window(kernel, kernel, 1, 1, 0, 0);
  }

  /** A rectangular window of stride 1 without padding. */
  public static Window of(int kernelH, int kernelW) {
    return new Window(kernelH, kernelW, 1, 1, 0, 0);
  }

  /** This window with the same stride in both directions. */
  public Window stride(int stride) {
    return new Window(kernelH, kernelW, stride, stride, padH, padW);
  }

  /** This window with the same padding on all four sides. */
  public Window pad(int pad) {
    return pad(pad, pad);
  }

  /** This window with {@code padH} rows above and below and {@code padW} columns left and right. */
  public Window pad(int padH, int padW) {
    return new Window(kernelH, kernelW, strideH, strideW, padH, padW);
  }

  /** Output rows for {@code h} input rows; 0 or less if the window does not fit. */
  public int outH(int h, boolean ceil) {
    return out(h, kernelH, strideH, padH, ceil);
  }

  /** Output columns for {@code w} input columns; 0 or less if the window does not fit. */
  public int outW(int w, boolean ceil) {
    return out(w, kernelW, strideW, padW, ceil);
  }

  private static int out(int in, int kernel, int stride, int pad, boolean ceil) {
    // As in PyTorch, ceil mode allows a window larger than the padded image.
    int span = in + 2 * pad - kernel;
    int out = Math.floorDiv(ceil ? span + stride - 1 : span, stride) + 1;
    // A ceil-mode window may extend past the far edge but must not start in the far padding.
    return ceil && (out - 1) * stride >= in + pad ? out - 1 : out;
  }

  /** For example {@code 3x3/2 p1}. */
  @Override
  public String toString() {
    String stride = strideH == strideW ? "/" + strideH : "/" + strideH + "x" + strideW;
    String pad = padH == padW ? " p" + padH : " p" + padH + "x" + padW;
    return kernelH + "x" + kernelW + stride + (padH + padW == 0 ? "" : pad);
  }
}
