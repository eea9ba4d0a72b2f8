package dev.fovea.onednn;

import static org.assertj.core.api.Assertions.assertThat;

import dev.fovea.NamedValues;
import dev.fovea.graph.Window;
import dev.fovea.onednn.ConvolutionErrorBound.Products;
import dev.fovea.tensor.DType;
import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The bounds hold for a plain Winograd convolution that rounds after every operation, and are near
 * enough to its error to mean something.
 */
class ConvolutionErrorBoundTest {
  private static final int TILES = 60;

  @ParameterizedTest
  @CsvSource({"3,3", "5,5", "1,7", "7,1", "1,3", "3,1", "1,5"})
  void theMatricesComputeConvolutions(int kernelH, int kernelW) {
    for (boolean gradient : new boolean[] {false, true}) {
      assertThat(new Run(kernelH, kernelW, 3, gradient, v -> v, v -> v).error()).isLessThan(1e-13);
    }
  }

  @ParameterizedTest
  @CsvSource({"3,3", "5,5", "1,7", "7,1", "1,3"})
  void theErrorInBinary32IsBelowTheBoundAndNotFarBelow(int kernelH, int kernelW) {
    Window window = Window.of(kernelH, kernelW);
    ConvolutionErrorBound bound = new ConvolutionErrorBound(window, Products.WINOGRAD_F32);
    for (int channels : new int[] {3, 16, 100, 512}) {
      double error = new Run(kernelH, kernelW, channels, false, v -> (float) v, v -> v).error();
      assertThat(error / bound.values(channels)).isBetween(0.1, 1.0);
    }
    double error = new Run(kernelH, kernelW, 16, true, v -> (float) v, v -> v).error();
    assertThat(error / bound.weightGradient(TILES)).isBetween(0.1, 1.0);
  }

  @ParameterizedTest
  @CsvSource({"3,3", "5,5", "1,7", "7,1", "1,3"})
  void theErrorOfBfloat16ProductsIsBelowTheBoundAndNotFarBelow(int kernelH, int kernelW) {
    Window window = Window.of(kernelH, kernelW);
    ConvolutionErrorBound bound = new ConvolutionErrorBound(window, Products.WINOGRAD_BF16);
    for (int channels : new int[] {3, 16, 100}) {
      double error = new Run(kernelH, kernelW, channels, false, v -> (float) v, this::bf16).error();
      assertThat(error / bound.values(channels)).isBetween(0.1, 1.0);
    }
    double error = new Run(kernelH, kernelW, 16, true, v -> (float) v, this::bf16).error();
    assertThat(error / bound.weightGradient(TILES)).isBetween(0.1, 1.0);
  }

  @Test
  void thePointsOfTextbooksAreWorse() {
    double ours = ConvolutionErrorBound.along(3).amplification();
    assertThat(MinimalFiltering.of(4, 3, 1, 2).amplification()).isGreaterThan(1.3 * ours);
    assertThat(MinimalFiltering.of(2, 3, 1).amplification()).isLessThan(ours);
  }

  private double bf16(double value) {
    return DType.fromBf16(DType.toBf16((float) value));
  }

  /**
   * Tiles of a convolution with 8 results, or its weight gradient for 8 results.
   *
   * @param round after every operation
   * @param operand what is done to the operands of products
   */
  private record Run(
      int kernelH,
      int kernelW,
      int channels,
      boolean gradient,
      DoubleUnaryOperator round,
      DoubleUnaryOperator operand) {
    private static final int OUT = 8;

    /** The root mean square of the errors over that of the results. */
    double error() {
      return gradient ? gradientError() : forwardError();
    }

    private MinimalFiltering along(int r) {
      return r == 1
          ? new MinimalFiltering(new double[][] {{1}}, new double[][] {{1}}, new double[][] {{1}})
          : ConvolutionErrorBound.along(r);
    }

    private double forwardError() {
      MinimalFiltering h = along(kernelH);
      MinimalFiltering w = along(kernelW);
      int inW = w.points();
      double[][] weights = values("weight", OUT * channels, kernelH * kernelW);
      double[][] u = new double[weights.length][];
      for (int i = 0; i < u.length; i++) {
        u[i] = operand(transform(h.g(), w.g(), weights[i], kernelW));
      }
      double wrong = 0;
      double all = 0;
      for (int t = 0; t < TILES; t++) {
        double[][] tile = values("tile " + t, channels, h.points() * inW);
        double[][] v = new double[channels][];
        for (int c = 0; c < channels; c++) {
          v[c] = operand(transform(h.b(), w.b(), tile[c], inW));
        }
        for (int k = 0; k < OUT; k++) {
          double[] m = new double[h.points() * inW];
          double[] right = new double[h.outputs() * w.outputs()];
          for (int c = 0; c < channels; c++) {
            add(m, u[k * channels + c], v[c]);
            correlate(right, w.outputs(), tile[c], inW, weights[k * channels + c], kernelW);
          }
          double[] y = transform(h.a(), w.a(), m, inW);
          for (int i = 0; i < y.length; i++) {
            wrong += (y[i] - right[i]) * (y[i] - right[i]);
            all += right[i] * right[i];
          }
        }
      }
      return Math.sqrt(wrong / all);
    }

    private double gradientError() {
      MinimalFiltering h = along(kernelH);
      MinimalFiltering w = along(kernelW);
      int inW = w.points();
      double wrong = 0;
      double all = 0;
      for (int k = 0; k < OUT; k++) {
        for (int c = 0; c < channels; c++) {
          double[] m = new double[h.points() * inW];
          double[] right = new double[kernelH * kernelW];
          for (int t = 0; t < TILES; t++) {
            double[] tile = values("tile " + t + " " + c, 1, h.points() * inW)[0];
            double[] dy = values("dy " + t + " " + k, 1, h.outputs() * w.outputs())[0];
            add(
                m,
                operand(transform(h.b(), w.b(), tile, inW)),
                operand(transform(transposed(h.a()), transposed(w.a()), dy, w.outputs())));
            correlate(right, kernelW, tile, inW, dy, w.outputs());
          }
          double[] dw = transform(transposed(h.g()), transposed(w.g()), m, inW);
          for (int i = 0; i < dw.length; i++) {
            wrong += (dw[i] - right[i]) * (dw[i] - right[i]);
            all += right[i] * right[i];
          }
        }
      }
      return Math.sqrt(wrong / all);
    }

    private static double[][] values(String name, int rows, int columns) {
      double[] all = NamedValues.of(name, (long) rows * columns);
      double[][] values = new double[rows][columns];
      for (int i = 0; i < all.length; i++) {
        values[i / columns][i % columns] = (float) all[i];
      }
      return values;
    }

    private static void correlate(
        double[] to, int toW, double[] in, int inW, double[] with, int withW) {
      for (int i = 0; i < to.length; i++) {
        for (int k = 0; k < with.length; k++) {
          int at = (i / toW + k / withW) * inW + i % toW + k % withW;
          to[i] += in[at] * with[k];
        }
      }
    }

    private void add(double[] m, double[] u, double[] v) {
      for (int i = 0; i < m.length; i++) {
        m[i] = round.applyAsDouble(m[i] + round.applyAsDouble(u[i] * v[i]));
      }
    }

    private double[] operand(double[] values) {
      return Arrays.stream(values).map(operand).toArray();
    }

    private static double[][] transposed(double[][] matrix) {
      double[][] to = new double[matrix[0].length][matrix.length];
      for (int i = 0; i < to.length; i++) {
        for (int k = 0; k < matrix.length; k++) {
          to[i][k] = matrix[k][i];
        }
      }
      return to;
    }

    /** left · x · rightᵀ, x with rows of {@code width}. */
    private double[] transform(double[][] left, double[][] right, double[] x, int width) {
      int rows = x.length / width;
      double[] half = new double[left.length * width];
      for (int i = 0; i < left.length; i++) {
        for (int c = 0; c < width; c++) {
          double sum = 0;
          for (int k = 0; k < rows; k++) {
            sum = step(sum, left[i][k], x[k * width + c]);
          }
          half[i * width + c] = sum;
        }
      }
      double[] y = new double[left.length * right.length];
      for (int i = 0; i < left.length; i++) {
        for (int j = 0; j < right.length; j++) {
          double sum = 0;
          for (int k = 0; k < width; k++) {
            sum = step(sum, right[j][k], half[i * width + k]);
          }
          y[i * right.length + j] = sum;
        }
      }
      return y;
    }

    private double step(double sum, double factor, double value) {
      return factor == 0
          ? sum
          : round.applyAsDouble(sum + round.applyAsDouble(round.applyAsDouble(factor) * value));
    }
  }
}
