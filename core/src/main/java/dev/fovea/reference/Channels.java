package dev.fovea.reference;

import dev.fovea.graph.Op;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Operations that move or mix channels: concatenation, shortcut option A, local response norm. */
final class Channels {
  private Channels() {}

  static double[] concat(Call call) {
    double[] y = call.newOutput();
    int perImage = Math.toIntExact(call.node().shape().elements());
    int offset = 0;
    for (int b = 0; b < call.inputs().size(); b++) {
      int size = Math.toIntExact(call.inputShape(b).elements());
      for (int n = 0; n < call.batch(); n++) {
        System.arraycopy(call.inputs().get(b), n * size, y, n * perImage + offset, size);
      }
      offset += size;
    }
    return y;
  }

  static List<double[]> concatBackward(Call call, double[] dy) {
    List<double[]> dx = new ArrayList<>();
    int perImage = Math.toIntExact(call.node().shape().elements());
    int offset = 0;
    for (int b = 0; b < call.inputs().size(); b++) {
      int size = Math.toIntExact(call.inputShape(b).elements());
      double[] part = new double[call.batch() * size];
      for (int n = 0; n < call.batch(); n++) {
        System.arraycopy(dy, n * perImage + offset, part, n * size, size);
      }
      dx.add(part);
      offset += size;
    }
    return dx;
  }

  static double[] padShortcut(Call call, Op.PadShortcut op) {
    double[] y = call.newOutput();
    forEachShortcutCell(call, op, (in, out) -> y[out] = call.x()[in]);
    return y;
  }

  static double[] padShortcutBackward(Call call, Op.PadShortcut op, double[] dy) {
    double[] dx = new double[call.x().length];
    forEachShortcutCell(call, op, (in, out) -> dx[in] = dy[out]);
    return dx;
  }

  private interface CellPair {
    void at(int in, int out);
  }

  private static void forEachShortcutCell(Call call, Op.PadShortcut op, CellPair work) {
    int channels = call.inputShape(0).dim(0);
    int inH = call.inputShape(0).dim(1);
    int inW = call.inputShape(0).dim(2);
    int outH = call.node().shape().dim(1);
    int outW = call.node().shape().dim(2);
    for (int n = 0; n < call.batch(); n++) {
      for (int c = 0; c < channels; c++) {
        int in = (n * channels + c) * inH * inW;
        int out = (n * op.outChannels() + op.before() + c) * outH * outW;
        for (int i = 0; i < outH; i++) {
          for (int j = 0; j < outW; j++) {
            work.at(in + i * op.stride() * inW + j * op.stride(), out + i * outW + j);
          }
        }
      }
    }
  }

  /** y_c = x_c·s_c^(-β) with s_c = k + (α/size)·Σ x² over the channels within (size - 1)/2 of c. */
  static double[] localResponseNorm(Call call, Op.LocalResponseNorm op) {
    double[] x = call.x();
    double[] s = scales(call, op);
    double[] y = call.newOutput();
    for (int i = 0; i < y.length; i++) {
      y[i] = x[i] * Math.pow(s[i], -op.beta());
    }
    return y;
  }

  /**
   * dx_c = dy_c·s_c^(-β) - (2αβ/size)·x_c·Σ dy_d·x_d·s_d^(-β-1) over the channels d within (size -
   * 1)/2 of c.
   */
  static double[] localResponseNormBackward(Call call, Op.LocalResponseNorm op, double[] dy) {
    double[] x = call.x();
    double[] s = scales(call, op);
    double[] pull = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      pull[i] = dy[i] * x[i] * Math.pow(s[i], -op.beta() - 1);
    }
    double[] pulls = sumOfNeighbors(call, op.size(), pull);
    double[] dx = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      dx[i] =
          dy[i] * Math.pow(s[i], -op.beta())
              - 2 * op.alpha() * op.beta() / op.size() * x[i] * pulls[i];
    }
    return dx;
  }

  private static double[] scales(Call call, Op.LocalResponseNorm op) {
    double[] squares = call.x().clone();
    for (int i = 0; i < squares.length; i++) {
      squares[i] *= squares[i];
    }
    double[] s = sumOfNeighbors(call, op.size(), squares);
    for (int i = 0; i < s.length; i++) {
      s[i] = op.k() + op.alpha() / op.size() * s[i];
    }
    return s;
  }

  private static double[] sumOfNeighbors(Call call, int size, double[] values) {
    int channels = call.inputShape(0).dim(0);
    int positions = call.inputShape(0).dim(1) * call.inputShape(0).dim(2);
    double[] sums = new double[values.length];
    IntStream.range(0, call.batch() * channels)
        .parallel()
        .forEach(
            plane -> {
              int n = plane / channels;
              int c = plane % channels;
              int last = Math.min(channels - 1, c + size / 2);
              for (int d = Math.max(0, c - size / 2); d <= last; d++) {
                for (int i = 0; i < positions; i++) {
                  sums[plane * positions + i] += values[(n * channels + d) * positions + i];
                }
              }
            });
    return sums;
  }

  /** Adds one value per channel to (N, C, positions). */
  static void addPerChannel(double[] y, double[] perChannel, int batch, int positions) {
    for (int plane = 0; plane < batch * perChannel.length; plane++) {
      for (int i = 0; i < positions; i++) {
        y[plane * positions + i] += perChannel[plane % perChannel.length];
      }
    }
  }

  /** Sums (N, C, positions) over images and positions. */
  static double[] sumPerChannel(double[] y, int batch, int channels, int positions) {
    double[] sums = new double[channels];
    for (int plane = 0; plane < batch * channels; plane++) {
      for (int i = 0; i < positions; i++) {
        sums[plane % channels] += y[plane * positions + i];
      }
    }
    return sums;
  }
}
