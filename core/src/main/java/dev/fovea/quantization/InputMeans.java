package dev.fovea.quantization;

import dev.fovea.graph.Node;
import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.tensor.Shape;

/**
 * The mean, over images and output cells, of what each weight of a layer is multiplied by; zeros of
 * padding count. Not thread-safe.
 */
final class InputMeans {
  private final int channels;
  private final int height;
  private final int width;
  private final int outHeight;
  private final int outWidth;
  private final Window window;
  private final double[] sums;
  private long images;

  InputMeans(Node layer) {
    Shape in = layer.input().shape();
    boolean convolves = layer.op() instanceof Op.Conv2d;
    channels = in.dim(0);
    height = convolves ? in.dim(1) : 1;
    width = convolves ? in.dim(2) : 1;
    outHeight = convolves ? layer.shape().dim(1) : 1;
    outWidth = convolves ? layer.shape().dim(2) : 1;
    window = layer.op() instanceof Op.Conv2d o ? o.window() : Window.square(1);
    sums = new double[channels * window.kernelH() * window.kernelW()];
  }

  /** Adds the layer's input for {@code count} images, (N, C, H, W). */
  void add(float[] values, int count) {
    int size = channels * height * width;
    for (int n = 0; n < count; n++) {
      for (int c = 0; c < channels; c++) {
        add(values, n * size + c * height * width, c * window.kernelH() * window.kernelW());
      }
    }
    images += count;
  }

  private void add(float[] values, int plane, int first) {
    for (int kw = 0; kw < window.kernelW(); kw++) {
      double[] rows = new double[height];
      for (int y = 0; y < height; y++) {
        rows[y] = row(values, plane + y * width, kw - window.padW());
      }
      for (int kh = 0; kh < window.kernelH(); kh++) {
        double sum = 0;
        for (int i = 0; i < outHeight; i++) {
          int y = i * window.strideH() + kh - window.padH();
          sum += y >= 0 && y < height ? rows[y] : 0;
        }
        sums[first + kh * window.kernelW() + kw] += sum;
      }
    }
  }

  private double row(float[] values, int start, int column) {
    int stride = window.strideW();
    int from = column < 0 ? (-column + stride - 1) / stride : 0;
    int to = Math.min(outWidth, Math.floorDiv(width - 1 - column, stride) + 1);
    double sum = 0;
    for (int j = from; j < to; j++) {
      sum += values[start + column + j * stride];
    }
    return sum;
  }

  /** The means, (C, R, S). */
  double[] means() {
    double[] means = new double[sums.length];
    for (int i = 0; i < means.length; i++) {
      means[i] = sums[i] / ((double) images * outHeight * outWidth);
    }
    return means;
  }
}
