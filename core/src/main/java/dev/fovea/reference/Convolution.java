package dev.fovea.reference;

import dev.fovea.graph.Op;
import dev.fovea.graph.ParamSpec.Role;
import dev.fovea.graph.Window;
import dev.fovea.tensor.Shape;
import java.util.Map;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Cross-correlation as a matrix product (im2col): y = W·columns(x), group by group.
 *
 * <p>columns(x) has one row per weight of an output channel, (channel of the group, kernel row,
 * kernel column), and one column per output cell of the batch, (image, output row, output column).
 * Then dW = dy·columns(x)ᵀ, and dx is Wᵀ·dy, added back to the cells that columns(x) was read from.
 */
final class Convolution {
  private final Call call;
  private final Window window;
  private final int groups;
  private final int batch;
  private final int inH;
  private final int inW;
  private final int outH;
  private final int outW;
  private final int inPerGroup;
  private final int outPerGroup;
  private final int rows;
  private final int cells;

  Convolution(Call call, Op.Conv2d op) {
    Shape in = call.inputShape(0);
    Shape out = call.node().shape();
    this.call = call;
    window = op.window();
    groups = op.groups();
    batch = call.batch();
    inH = in.dim(1);
    inW = in.dim(2);
    outH = out.dim(1);
    outW = out.dim(2);
    inPerGroup = in.dim(0) / groups;
    outPerGroup = out.dim(0) / groups;
    rows = inPerGroup * window.kernelH() * window.kernelW();
    cells = batch * outH * outW;
  }

  double[] forward() {
    double[] y = call.newOutput();
    for (int g = 0; g < groups; g++) {
      double[] product = Matrix.product(weights(g), columns(g), outPerGroup, rows, cells);
      copyChannels(product, y, g, true);
    }
    if (call.has(Role.BIAS)) {
      Channels.addPerChannel(y, call.param(Role.BIAS), batch, outH * outW);
    }
    return y;
  }

  /**
   * Puts the gradients of parameters into {@code gradients}; returns dx, or null if it is not
   * needed.
   */
  double @Nullable [] backward(double[] dy, boolean wantDx, Map<String, double[]> gradients) {
    double[] dx = new double[wantDx ? call.x().length : 0];
    double[] dw = new double[call.param(Role.WEIGHT).length];
    for (int g = 0; g < groups; g++) {
      double[] dyOfGroup = new double[outPerGroup * cells];
      copyChannels(dyOfGroup, dy, g, false);
      double[] cellsFirst = Matrix.transposed(columns(g), rows, cells);
      double[] dwOfGroup = Matrix.product(dyOfGroup, cellsFirst, outPerGroup, cells, rows);
      System.arraycopy(dwOfGroup, 0, dw, g * dwOfGroup.length, dwOfGroup.length);
      if (wantDx) {
        double[] transposed = Matrix.transposed(weights(g), outPerGroup, rows);
        addColumns(Matrix.product(transposed, dyOfGroup, rows, outPerGroup, cells), dx, g);
      }
    }
    gradients.put(call.name(Role.WEIGHT), dw);
    if (call.has(Role.BIAS)) {
      gradients.put(
          call.name(Role.BIAS),
          Channels.sumPerChannel(dy, batch, groups * outPerGroup, outH * outW));
    }
    return wantDx ? dx : null;
  }

  private double[] weights(int group) {
    int size = outPerGroup * rows;
    return java.util.Arrays.copyOfRange(call.param(Role.WEIGHT), group * size, (group + 1) * size);
  }

  // Copies between the orders (channel of the group, image, cell) and (image, channel, cell).
  private void copyChannels(double[] matrix, double[] images, int group, boolean toImages) {
    int positions = outH * outW;
    for (int o = 0; o < outPerGroup; o++) {
      for (int n = 0; n < batch; n++) {
        int m = (o * batch + n) * positions;
        int i = ((n * groups + group) * outPerGroup + o) * positions;
        System.arraycopy(
            toImages ? matrix : images,
            toImages ? m : i,
            toImages ? images : matrix,
            toImages ? i : m,
            positions);
      }
    }
  }

  private double[] columns(int group) {
    double[] columns = new double[rows * cells];
    forEachRow(
        group,
        (row, n, x, firstColumn, outRow) -> {
          int to = row * cells + outRow;
          for (int j = 0; j < outW; j++) {
            int column = firstColumn + j * window.strideW();
            columns[to + j] = column >= 0 && column < inW ? call.x()[x + column] : 0;
          }
        });
    return columns;
  }

  private void addColumns(double[] columns, double[] dx, int group) {
    forEachRow(
        group,
        (row, n, x, firstColumn, outRow) -> {
          int from = row * cells + outRow;
          for (int j = 0; j < outW; j++) {
            int column = firstColumn + j * window.strideW();
            if (column >= 0 && column < inW) {
              dx[x + column] += columns[from + j];
            }
          }
        });
  }

  private interface RowOfCells {
    /**
     * Visits one output row of one image, for one weight.
     *
     * @param x index of the start of the input row that the weight is applied to
     * @param firstColumn the input column that the weight is applied to for output column 0
     * @param cell index of the first cell of the output row
     */
    void at(int row, int image, int x, int firstColumn, int cell);
  }

  // Parallel over input channels, no two of which share a cell of x or a row of columns(x).
  private void forEachRow(int group, RowOfCells work) {
    IntStream.range(0, inPerGroup)
        .parallel()
        .forEach(
            c -> {
              for (int k = 0; k < window.kernelH() * window.kernelW(); k++) {
                int row = c * window.kernelH() * window.kernelW() + k;
                int firstColumn = k % window.kernelW() - window.padW();
                for (int n = 0; n < batch; n++) {
                  for (int i = 0; i < outH; i++) {
                    int line = i * window.strideH() + k / window.kernelW() - window.padH();
                    if (line >= 0 && line < inH) {
                      int x = (((n * groups + group) * inPerGroup + c) * inH + line) * inW;
                      work.at(row, n, x, firstColumn, (n * outH + i) * outW);
                    }
                  }
                }
              }
            });
  }
}
