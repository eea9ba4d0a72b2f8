package dev.fovea.reference;

import dev.fovea.graph.Op;
import dev.fovea.graph.Window;
import dev.fovea.tensor.Shape;
import java.util.stream.IntStream;

/**
 * Max and average pooling of each channel.
 *
 * <p>All pools are one loop: output cell (i, j) of a channel reads the input cells [top, bottom) ×
 * [left, right), already clipped to the image. A mean divides by {@code divisor(i, j)}.
 */
final class Pooling {
  private final Call call;
  private final int inH;
  private final int inW;
  private final int outH;
  private final int outW;
  private final Axis vertical;
  private final Axis horizontal;

  /**
   * For every output cell along one axis, the range of input cells it reads and the number of cells
   * that a mean counts.
   */
  private record Axis(int[] start, int[] end, int[] counted) {

    static Axis windows(int in, int out, int kernel, int stride, int pad, boolean countPadding) {
      Axis axis = new Axis(new int[out], new int[out], new int[out]);
      for (int i = 0; i < out; i++) {
        int from = i * stride - pad;
        int to = Math.min(from + kernel, in + pad);
        axis.start[i] = Math.max(from, 0);
        axis.end[i] = Math.min(to, in);
        axis.counted[i] = countPadding ? to - from : axis.end[i] - axis.start[i];
      }
      return axis;
    }

    static Axis parts(int in, int out) {
      Axis axis = new Axis(new int[out], new int[out], new int[out]);
      for (int i = 0; i < out; i++) {
        axis.start[i] = Math.toIntExact((long) i * in / out);
        axis.end[i] = Math.toIntExact(((long) (i + 1) * in + out - 1) / out);
        axis.counted[i] = axis.end[i] - axis.start[i];
      }
      return axis;
    }
  }

  private Pooling(Call call, Axis vertical, Axis horizontal) {
    Shape in = call.inputShape(0);
    this.call = call;
    inH = in.dim(1);
    inW = in.dim(2);
    outH = call.node().shape().dim(1);
    outW = call.node().shape().dim(2);
    this.vertical = vertical;
    this.horizontal = horizontal;
  }

  static Pooling max(Call call, Op.MaxPool op) {
    return windowed(call, op.window(), false);
  }

  static Pooling average(Call call, Op.AvgPool op) {
    return windowed(call, op.window(), op.countPadding());
  }

  /** Global and adaptive average pooling. */
  static Pooling adaptive(Call call) {
    Shape in = call.inputShape(0);
    Shape out = call.node().shape();
    return new Pooling(call, Axis.parts(in.dim(1), out.dim(1)), Axis.parts(in.dim(2), out.dim(2)));
  }

  private static Pooling windowed(Call call, Window w, boolean countPadding) {
    Shape in = call.inputShape(0);
    Shape out = call.node().shape();
    return new Pooling(
        call,
        Axis.windows(in.dim(1), out.dim(1), w.kernelH(), w.strideH(), w.padH(), countPadding),
        Axis.windows(in.dim(2), out.dim(2), w.kernelW(), w.strideW(), w.padW(), countPadding));
  }

  double[] maxForward() {
    double[] x = call.x();
    double[] y = call.newOutput();
    forEachCell((i, j, plane, out) -> y[out] = x[maximum(x, i, j, plane)]);
    return y;
  }

  double[] maxBackward(double[] dy) {
    double[] x = call.x();
    double[] dx = new double[x.length];
    forEachCell((i, j, plane, out) -> dx[maximum(x, i, j, plane)] += dy[out]);
    return dx;
  }

  double[] meanForward() {
    double[] x = call.x();
    double[] y = call.newOutput();
    forEachCell(
        (i, j, plane, out) -> {
          double sum = 0;
          for (int r = vertical.start[i]; r < vertical.end[i]; r++) {
            for (int c = horizontal.start[j]; c < horizontal.end[j]; c++) {
              sum += x[plane + r * inW + c];
            }
          }
          y[out] = sum / divisor(i, j);
        });
    return y;
  }

  double[] meanBackward(double[] dy) {
    double[] dx = new double[call.x().length];
    forEachCell(
        (i, j, plane, out) -> {
          for (int r = vertical.start[i]; r < vertical.end[i]; r++) {
            for (int c = horizontal.start[j]; c < horizontal.end[j]; c++) {
              dx[plane + r * inW + c] += dy[out] / divisor(i, j);
            }
          }
        });
    return dx;
  }

  private double divisor(int i, int j) {
    return (double) vertical.counted[i] * horizontal.counted[j];
  }

  // The first of equal maxima in row-major order; NaN is propagated.
  private int maximum(double[] x, int i, int j, int plane) {
    int best = plane + vertical.start[i] * inW + horizontal.start[j];
    for (int r = vertical.start[i]; r < vertical.end[i]; r++) {
      for (int c = horizontal.start[j]; c < horizontal.end[j]; c++) {
        int at = plane + r * inW + c;
        if (x[at] > x[best] || (Double.isNaN(x[at]) && !Double.isNaN(x[best]))) {
          best = at;
        }
      }
    }
    return best;
  }

  private interface Cell {
    /**
     * Visits one output cell.
     *
     * @param plane index in the input of the first cell of the image's channel
     * @param out index of the cell in the output
     */
    void at(int i, int j, int plane, int out);
  }

  private void forEachCell(Cell work) {
    int planes = call.batch() * call.inputShape(0).dim(0);
    IntStream.range(0, planes)
        .parallel()
        .forEach(
            p -> {
              for (int i = 0; i < outH; i++) {
                for (int j = 0; j < outW; j++) {
                  work.at(i, j, p * inH * inW, (p * outH + i) * outW + j);
                }
              }
            });
  }
}
